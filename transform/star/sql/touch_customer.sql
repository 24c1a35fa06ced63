/* transform/star/sql/touch_customer.sql
grain: [touch_key]
title: {en: Customer of a touch, zh: 触点所属客户}
description:
  en: The customer of each touch that can be credited - the one that the touch names, else the only customer that its visitor ever named. A visitor who named several (a shared device) gives nobody's touches away.
  zh: 可归因触点对应的客户:触点自带客户,否则为该访客唯一登录过的客户;多人共用设备的匿名触点不归属任何人。
materialize: {keys: visitor_key}
columns:
  kind: {en: Kind of touch, zh: 触点类型}
audits:
  - {unique: [touch_key]}
*/
with visitor as (
    select
        fct_touch.visitor_key,
        min(fct_touch.customer_key) as customer_key
    from star.fct_touch
    where fct_touch.customer_key <> -1
    group by fct_touch.visitor_key
    having min(fct_touch.customer_key) = max(fct_touch.customer_key)
)

select
    fct_touch.touch_key,
    fct_touch.visitor_key,
    case when fct_touch.customer_key <> -1 then fct_touch.customer_key else visitor.customer_key end as customer_key,
    fct_touch.channel_key,
    fct_touch.ad_entity_key,
    fct_touch.channel,
    fct_touch.kind,
    fct_touch.touch_at,
    fct_touch.touch_date,
    fct_touch.room_id,
    fct_touch.video_id,
    fct_touch.utm_campaign
from star.fct_touch
left join visitor
    on fct_touch.visitor_key = visitor.visitor_key
where fct_touch.visitor_key <> -1
    and (fct_touch.customer_key <> -1 or visitor.customer_key is not null)
