/* transform/star/sql/order_live_session.sql
grain: [order_key]
title: {en: Live session of an order, zh: 订单所属直播场次}
description:
  en: The session whose room an order carries.
  zh: 订单所带直播间标记对应的场次。
materialize: {keys: order_key}
audits:
  - {unique: [order_key]}
*/
with room as (
    select
        live_session_room.room_id,
        min(live_session_room.live_session_key) as live_session_key
    from entity.live_session_room
    group by live_session_room.room_id
)

select
    fct_order.order_key,
    fct_order.shop_key,
    room.live_session_key,
    fct_order.paid_date
from star.fct_order
inner join room
    on fct_order.room_id = room.room_id
