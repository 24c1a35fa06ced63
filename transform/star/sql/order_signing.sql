/* transform/star/sql/order_signing.sql
grain: [order_key]
title: {en: Signing of an order, zh: 订单签约}
description:
  en: Whether an order's contract was sent, viewed and signed by all who must sign.
  zh: 订单合同的发送、查看与签署情况(须全部签署人完成)。
materialize: {keys: order_key, partition_by: placed_date}
columns:
  is_viewed: {en: Viewed by all who must sign, zh: 合同是否已查看}
  is_signed: {en: Signed by all who must sign, zh: 合同是否已签署}
  signed_at: {en: Contract signed at, zh: 合同签署时间}
audits:
  - {unique: [order_key]}
*/
with flow as (
    select
        signing_flow.order_key,
        min(case when signing_flow.viewed_at is not null or signing_flow.signed_at is not null then 1 else 0 end) as is_viewed,
        min(case when signing_flow.signed_at is not null then 1 else 0 end) as is_signed,
        max(signing_flow.signed_at) as signed_at
    from entity.signing_flow
    group by signing_flow.order_key
)

select
    flow.order_key,
    fct_order.shop_key,
    fct_order.placed_date,
    flow.is_viewed = 1 as is_viewed,
    flow.is_signed = 1 as is_signed,
    case when flow.is_signed = 1 then flow.signed_at end as signed_at
from flow
inner join star.fct_order
    on flow.order_key = fct_order.order_key
