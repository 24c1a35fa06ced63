/* transform/star/sql/order_proof.sql
grain: [order_key]
title: {en: Proof of an order, zh: 订单核对}
description:
  en: For each order paid in full, our figures beside those of others - what the platform says was paid, what it has settled, what has left the warehouses - and the refunds kept out of the money.
  zh: 每笔已付清订单的本方数值与平台实付、平台结算、仓库发货的对照,以及被隔离的退款。
materialize: {keys: order_key, partition_by: paid_date}
audits:
  - {unique: [order_key]}
*/
with settled as (
    select
        fct_settlement.order_key,
        sum(case when fct_settlement.fee_type = 'goods' then fct_settlement.amount else 0 end) as goods_amount,
        sum(fct_settlement.amount) as settled_amount,
        max(case when fct_settlement.fee_type = 'goods' then fct_settlement.settled_at end) as goods_settled_at
    from star.fct_settlement
    where fct_settlement.order_key <> -1
    group by fct_settlement.order_key
),

refunded_later as (
    select
        settled.order_key,
        sum(fct_refund.refund_goods_seller_amount) as refund_amount
    from settled
    inner join star.fct_refund
        on settled.order_key = fct_refund.order_key
        and settled.goods_settled_at < fct_refund.succeeded_at
    group by settled.order_key
),

quarantined as (
    select
        fct_refund.order_key,
        count(*) as refund_count
    from star.fct_refund
    where fct_refund.quarantine_reason is not null
    group by fct_refund.order_key
)

select
    fct_order.order_key,
    fct_order.shop_key,
    fct_order.paid_date,
    fct_order.currency,
    fct_order.buyer_paid_amount,
    fct_order.platform_paid_amount,
    fct_order.unexplained_amount,
    cast(fct_order.seller_due_amount - fct_order.refund_goods_seller_amount as decimal(18, 4)) as receivable_amount,
    settled.order_key is not null as is_settled,
    cast(settled.goods_amount as decimal(18, 4)) as settled_goods_amount,
    cast(settled.settled_amount as decimal(18, 4)) as settled_amount,
    cast(refunded_later.refund_amount as decimal(18, 4)) as later_refunds_amount,
    coalesce(order_shipment_state.units_due, 0) as units_due,
    coalesce(order_shipment_state.units_shipped, 0) as units_shipped,
    coalesce(quarantined.refund_count, 0) as quarantined_refunds
from star.fct_order
left join settled
    on fct_order.order_key = settled.order_key
left join refunded_later
    on fct_order.order_key = refunded_later.order_key
left join star.order_shipment_state
    on fct_order.order_key = order_shipment_state.order_key
left join quarantined
    on fct_order.order_key = quarantined.order_key
where fct_order.paid_date is not null
