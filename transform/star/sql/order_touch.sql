/* transform/star/sql/order_touch.sql
grain: [order_key, touch_key]
title: {en: Order and touch, zh: 订单触点}
description:
  en: What led to an order, with the evidence. Level 1 is stamped on the order itself (live room, video, creator, tagged link, coupon) and is one touch at the time of the order, last in its path; a real touch of the same room or video merges with it. Level 2 is a touch of the same customer or person. Paths are numbered rows; a touch after the decision is listed and has no position.
  zh: 促成订单的触点及证据。一级为订单自带标记(直播间、短视频、达人、带参链接、优惠券),视为下单时刻的一个触点、排在路径最后,同一直播间/视频的真实触点与其合并;二级为同一客户或同一人的触点。路径以序号行表示;下单后的触点只列出,无序号。
materialize: {keys: order_key, partition_by: touch_date}
audits:
  - {unique: [order_key, touch_key]}
  - {accepted: {evidence: [room, video, creator, tagged_link, coupon, same_customer, same_person]}}
*/
with stamp as (
    select
        fct_order.order_key,
        fct_order.placed_at,
        fct_order.placed_date,
        fct_order.room_id,
        fct_order.video_id,
        fct_order.author_id,
        fct_order.utm_campaign,
        fct_order.coupon_code,
        case
            when fct_order.room_id is not null then 'room'
            when fct_order.video_id is not null then 'video'
            when fct_order.author_id is not null then 'creator'
            when coalesce(fct_order.click_id, fct_order.utm_source, fct_order.utm_campaign) is not null then 'tagged_link'
            when fct_order.coupon_code is not null then 'coupon'
        end as evidence,
        case
            when fct_order.room_id is not null then 'live_room'
            when fct_order.video_id is not null then 'short_video'
            when fct_order.author_id is not null then 'creator'
            when coalesce(fct_order.click_id, fct_order.utm_source, fct_order.utm_campaign) is not null then coalesce(fct_order.utm_medium, 'tagged_link')
            when fct_order.coupon_code is not null then 'coupon'
        end as channel
    from star.fct_order
),

kept_touch as (
    select
        order_path.*
    from star.order_path
    inner join stamp
        on order_path.order_key = stamp.order_key
    where not order_path.is_before_order
        or not (
            coalesce(order_path.room_id = stamp.room_id, false)
            or coalesce(order_path.video_id = stamp.video_id, false)
        )
),

candidate as (
    select
        stamp.order_key,
        key63('stamp' || chr(31) || cast(stamp.order_key as varchar)) as touch_key,
        1 as level,
        stamp.evidence,
        stamp.channel,
        key63(stamp.channel) as channel_key,
        cast(-1 as bigint) as ad_entity_key,
        stamp.placed_at as touch_at,
        stamp.placed_date as touch_date,
        stamp.room_id,
        stamp.video_id,
        stamp.utm_campaign,
        stamp.coupon_code,
        true as is_credited
    from stamp
    where stamp.evidence is not null

    union all

    select
        kept_touch.order_key,
        kept_touch.touch_key,
        2 as level,
        kept_touch.evidence,
        kept_touch.channel,
        kept_touch.channel_key,
        kept_touch.ad_entity_key,
        kept_touch.touch_at,
        kept_touch.touch_date,
        kept_touch.room_id,
        kept_touch.video_id,
        kept_touch.utm_campaign,
        cast(null as varchar) as coupon_code,
        kept_touch.is_before_order as is_credited
    from kept_touch
),

numbered as (
    select
        candidate.*,
        row_number() over (
            partition by candidate.order_key, candidate.is_credited
            order by candidate.touch_at, candidate.level desc, candidate.touch_key
        ) as row_position,
        count(*) over (partition by candidate.order_key, candidate.is_credited) as row_count
    from candidate
)

select
    numbered.order_key,
    numbered.touch_key,
    cast(numbered.level as bigint) as level,
    numbered.evidence,
    numbered.channel_key,
    numbered.ad_entity_key,
    numbered.channel,
    numbered.touch_at,
    numbered.touch_date,
    numbered.room_id,
    numbered.video_id,
    numbered.utm_campaign,
    numbered.coupon_code,
    numbered.is_credited,
    case when numbered.is_credited then numbered.row_position end as path_position,
    case when numbered.is_credited then numbered.row_count end as path_length,
    cast(date_diff('second', numbered.touch_at, fct_order.placed_at) as bigint) as seconds_before_order
from numbered
inner join star.fct_order
    on numbered.order_key = fct_order.order_key
