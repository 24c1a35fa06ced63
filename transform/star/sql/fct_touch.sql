/* transform/star/sql/fct_touch.sql
grain: [touch_key]
title: {en: Touch, zh: 触点}
description:
  en: One contact of one visitor with one channel. It credits an order only through order_touch.
  zh: 一位访客与一个渠道的一次接触;仅经 order_touch 参与归因。
materialize: {keys: touch_key, partition_by: touch_date}
audits:
  - {unique: [touch_key]}
  - {not_null: [touch_key, channel_key, touch_at, touch_date]}
*/
select
    touch.touch_key,
    coalesce(touch.customer_key, -1) as customer_key,
    coalesce(
        key63('visitor' || chr(31) || touch.touch_source || chr(31) || touch.visitor_id),
        touch.customer_key,
        -1
    ) as visitor_key,
    coalesce(touch.shop_key, -1) as shop_key,
    key63(touch.channel) as channel_key,
    coalesce(touch.ad_entity_key, -1) as ad_entity_key,
    coalesce(touch.product_key, -1) as product_key,
    touch.touch_id,
    touch.channel,
    touch.kind,
    touch.touch_at,
    cast(at_timezone(touch.touch_at, coalesce(shop.zone, project.timezone)) as date) as touch_date,
    touch.room_id,
    touch.video_id,
    touch.utm_source,
    touch.utm_medium,
    touch.utm_campaign,
    touch.click_id
from entity.touch
cross join ops.project
left join entity.shop
    on touch.shop_key = shop.shop_key
