/* transform/star/sql/fct_live_session.sql
grain: [live_session_key]
title: {en: Live session, zh: 直播场次}
description:
  en: One show, whatever number of rooms it had after restarts, with its plan, its real times and its fee. Its sales are those of the orders that carry one of its rooms, each on its own paid day.
  zh: 一场直播(重启后多个直播间仍为一场)及其计划、实际时间与费用;销售取带其直播间标记的订单,按各自付款日。
materialize: table
audits:
  - {unique: [live_session_key]}
*/
with room as (
    select
        live_session_room.live_session_key,
        count(distinct live_session_room.room_id) as room_count
    from entity.live_session_room
    group by live_session_room.live_session_key
)

select
    live_session.live_session_key,
    coalesce(live_session.shop_key, -1) as shop_key,
    coalesce(live_session.creator_key, -1) as creator_key,
    live_session.live_session_id,
    live_session.platform,
    live_session.title,
    live_session.anchor,
    live_session.is_own,
    live_session.planned_start_at,
    live_session.planned_end_at,
    live_session.started_at,
    live_session.ended_at,
    cast(at_timezone(coalesce(live_session.started_at, live_session.planned_start_at), coalesce(shop.zone, project.timezone)) as date) as session_date,
    coalesce(room.room_count, 0) as room_count,
    live_session.slot_fee_amount,
    live_session.commission_rate,
    live_session.currency
from entity.live_session
cross join ops.project
left join entity.shop
    on live_session.shop_key = shop.shop_key
left join room
    on live_session.live_session_key = room.live_session_key
