/* transform/star/sql/fct_service_request.sql
grain: [service_request_key]
title: {en: Service request, zh: 服务请求}
description:
  en: One request of one department to another, from raised to verified, with the requester's rating.
  zh: 部门间的一次服务请求,从提出到验收,含提出方评分。
materialize: {keys: service_request_key, partition_by: raised_date}
audits:
  - {unique: [service_request_key]}
*/
select
    service_request.service_request_key,
    coalesce(service_request.campaign_key, -1) as campaign_key,
    service_request.request_id,
    service_request.request_kind,
    service_request.raised_by,
    service_request.raised_to,
    service_request.status,
    service_request.raised_at,
    service_request.responded_at,
    service_request.due_at,
    service_request.delivered_at,
    service_request.verified_at,
    service_request.verified_by,
    service_request.reopened_count,
    service_request.rating,
    cast(at_timezone(service_request.raised_at, project.timezone) as date) as raised_date,
    cast(at_timezone(service_request.due_at, project.timezone) as date) as due_date,
    service_request.delivered_at <= service_request.due_at as is_on_time
from entity.service_request
cross join ops.project
