/* transform/star/sql/dim_shop.sql
grain: [shop_key]
title: {en: Shop, zh: 店铺}
description:
  en: One row per shop we sell in, and the unknown member -1. The zone decides which day an order belongs to.
  zh: 每个销售店铺一行,另有未知成员 -1;时区决定订单归属的日期。
materialize: table
audits:
  - {unique: [shop_key]}
  - {not_null: [shop_key, zone, currency]}
*/
with project as (
    select
        project.timezone,
        project.base_currency
    from ops.project
)

select
    shop.shop_key,
    shop.shop_id,
    shop.title,
    shop.platform,
    shop.zone,
    shop.currency,
    shop.business_model,
    shop.sales_of_record,
    shop.legal_entity
from entity.shop

union all

select
    cast(-1 as bigint) as shop_key,
    cast(null as varchar) as shop_id,
    '(unknown)' as title,
    '(unknown)' as platform,
    project.timezone as zone,
    project.base_currency as currency,
    '(unknown)' as business_model,
    'platform' as sales_of_record,
    cast(null as varchar) as legal_entity
from project
