/* transform/star/sql/order_path.sql
grain: [order_key, touch_key]
title: {en: Touches before an order, zh: 下单前触点}
description:
  en: The touches of the order's person in the window before the order was placed (start inclusive, end exclusive) and, not credited, those between placing and paying (a reminder of the balance is no decision).
  zh: 订单所属人在下单前窗口内的触点(含起点,不含下单时刻);下单后至付款前的触点列出但不计功劳。
materialize: {keys: person_key}
audits:
  - {unique: [order_key, touch_key]}
*/
select
    order_person.order_key,
    touch_person.touch_key,
    order_person.person_key,
    touch_person.channel_key,
    touch_person.ad_entity_key,
    touch_person.channel,
    touch_person.touch_at,
    touch_person.touch_date,
    touch_person.room_id,
    touch_person.video_id,
    touch_person.utm_campaign,
    touch_person.touch_at < order_person.placed_at as is_before_order,
    case when touch_person.customer_key = order_person.customer_key then 'same_customer' else 'same_person' end as evidence
from star.order_person
cross join ops.project
inner join star.touch_person
    on order_person.person_key = touch_person.person_key
    and touch_person.touch_at >= date_add('day', -project.attribution_window_days, order_person.placed_at)
    and touch_person.touch_at < coalesce(order_person.paid_at, order_person.placed_at)
