/* transform/star/sql/touch_person.sql
grain: [touch_key]
title: {en: Person of a touch, zh: 触点所属人}
description:
  en: The person behind each touch whose customer is known.
  zh: 已知客户的触点所对应的自然人。
materialize: {keys: customer_key}
columns:
  kind: {en: Kind of touch, zh: 触点类型}
audits:
  - {unique: [touch_key]}
*/
select
    touch_customer.touch_key,
    touch_customer.customer_key,
    coalesce(customer_identity.person_key, touch_customer.customer_key) as person_key,
    touch_customer.channel_key,
    touch_customer.ad_entity_key,
    touch_customer.channel,
    touch_customer.kind,
    touch_customer.touch_at,
    touch_customer.touch_date,
    touch_customer.room_id,
    touch_customer.video_id,
    touch_customer.utm_campaign
from star.touch_customer
left join star.customer_identity
    on touch_customer.customer_key = customer_identity.customer_key
