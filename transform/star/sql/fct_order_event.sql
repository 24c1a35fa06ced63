/* transform/star/sql/fct_order_event.sql
grain: [order_line_key, event_type, source_event_id]
title: {en: Order ledger, zh: 订单事件账}
description:
  en: Every dated change of an order line. The deltas stand once, on paid and on refunds, so that a line's money is the sum of its events; event_amount and event_quantity say what the event is about (placed amount, deposit, pieces back) and are summed per type only.
  zh: 订单明细的每次变动。金额增量仅记在付清与退款事件上,明细金额等于事件之和;event_amount、event_quantity 为该事件本身的数额,只可按类型汇总。
materialize: {keys: order_key, partition_by: business_date}
audits:
  - {unique: [order_line_key, event_type, source_event_id]}
  - {not_null: [order_key, event_at, business_date, seller_delta, buyer_delta, subsidy_delta, currency]}
  - sql: |
      select fct_order_line.order_line_key
      from star.fct_order_line
      left join star.fct_order_event
          on fct_order_line.order_line_key = fct_order_event.order_line_key
      group by fct_order_line.order_line_key, fct_order_line.paid_date, fct_order_line.seller_due_amount, fct_order_line.refund_goods_seller_amount, fct_order_line.buyer_paid_amount, fct_order_line.refund_goods_buyer_amount, fct_order_line.refund_shipping_amount
      having coalesce(sum(fct_order_event.seller_delta), 0) <> case when fct_order_line.paid_date is not null then fct_order_line.seller_due_amount else 0 end - fct_order_line.refund_goods_seller_amount
          or coalesce(sum(fct_order_event.buyer_delta), 0) <> case when fct_order_line.paid_date is not null then fct_order_line.buyer_paid_amount else 0 end - fct_order_line.refund_goods_buyer_amount - fct_order_line.refund_shipping_amount
*/
with line as (
    select
        fct_order_line.order_line_key,
        fct_order_line.order_key,
        fct_order_line.shop_key,
        fct_order_line.customer_key,
        fct_order_line.product_key,
        fct_order_line.line_id,
        fct_order_line.quantity,
        fct_order_line.is_gift,
        fct_order_line.is_sale,
        fct_order_line.seller_due_amount,
        fct_order_line.buyer_paid_amount,
        fct_order_line.subsidy_amount,
        fct_order_line.deposit_amount,
        fct_order_line.currency,
        order_header.is_other_income,
        order_header.status,
        order_header.placed_at,
        order_header.deposit_paid_at,
        order_header.paid_at,
        order_header.is_paid_time_estimated,
        order_header.shipped_at,
        order_header.received_at,
        order_header.closed_at,
        order_header.updated_at,
        order_header.paid_date,
        order_header.zone,
        order_header.base_rate,
        order_header.placed_base_rate,
        order_header.seen_at,
        row_number() over (partition by fct_order_line.order_key order by fct_order_line.line_id) as line_rank
    from star.fct_order_line
    inner join star.order_header
        on fct_order_line.order_key = order_header.order_key
),

line_event as (
    select
        order_line_key, 'placed' as event_type, placed_at as event_at, false as time_is_estimated,
        0 as quantity_delta, 0 as seller_delta, 0 as buyer_delta, 0 as subsidy_delta,
        quantity as event_quantity, buyer_paid_amount as event_amount
    from line
    union all
    select
        order_line_key, 'deposit_paid' as event_type, deposit_paid_at as event_at, false as time_is_estimated,
        0 as quantity_delta, 0 as seller_delta, 0 as buyer_delta, 0 as subsidy_delta,
        quantity as event_quantity, deposit_amount as event_amount
    from line
    where deposit_paid_at is not null
    union all
    select
        order_line_key, 'paid' as event_type, paid_at as event_at, is_paid_time_estimated as time_is_estimated,
        quantity as quantity_delta, seller_due_amount as seller_delta, buyer_paid_amount as buyer_delta, subsidy_amount as subsidy_delta,
        quantity as event_quantity, deposit_amount as event_amount
    from line
    where paid_at is not null
    union all
    select
        order_line_key, 'shipped' as event_type, shipped_at as event_at, false as time_is_estimated,
        0 as quantity_delta, 0 as seller_delta, 0 as buyer_delta, 0 as subsidy_delta,
        quantity as event_quantity, 0 as event_amount
    from line
    where shipped_at is not null
    union all
    select
        order_line_key, 'received' as event_type, received_at as event_at, false as time_is_estimated,
        0 as quantity_delta, 0 as seller_delta, 0 as buyer_delta, 0 as subsidy_delta,
        quantity as event_quantity, 0 as event_amount
    from line
    where received_at is not null
    union all
    select
        order_line_key, 'closed_unpaid' as event_type, coalesce(closed_at, updated_at) as event_at, closed_at is null as time_is_estimated,
        0 as quantity_delta, 0 as seller_delta, 0 as buyer_delta, 0 as subsidy_delta,
        quantity as event_quantity, 0 as event_amount
    from line
    where status = 'closed_unpaid'
    union all
    select
        order_line_key, 'deposit_forfeited' as event_type, coalesce(closed_at, updated_at) as event_at, closed_at is null as time_is_estimated,
        0 as quantity_delta, 0 as seller_delta, 0 as buyer_delta, 0 as subsidy_delta,
        quantity as event_quantity, deposit_amount as event_amount
    from line
    where status = 'closed_unpaid' and deposit_paid_at is not null
),

stated as (
    select
        line.order_line_key,
        order_event.event_type,
        order_event.source_event_id,
        order_event.event_at,
        case when order_event.line_id = line.line_id or line.line_rank = 1 then order_event.quantity_delta end as quantity_delta,
        case when order_event.line_id = line.line_id or line.line_rank = 1 then order_event.seller_delta end as seller_delta,
        case when order_event.line_id = line.line_id or line.line_rank = 1 then order_event.buyer_delta end as buyer_delta,
        case when order_event.line_id = line.line_id or line.line_rank = 1 then order_event.subsidy_delta end as subsidy_delta
    from entity.order_event
    inner join line
        on order_event.order_key = line.order_key
        and (order_event.line_id = line.line_id or order_event.line_id = '')
),

-- A stated event gives its time; where it states no money, the derived one's stands.
order_event as (
    select
        coalesce(line_event.order_line_key, stated.order_line_key) as order_line_key,
        coalesce(line_event.event_type, stated.event_type) as event_type,
        coalesce(stated.source_event_id, '') as source_event_id,
        coalesce(stated.event_at, line_event.event_at) as event_at,
        stated.event_at is null and line_event.time_is_estimated as time_is_estimated,
        case when stated.event_at is null then 'derived' else 'stated' end as origin,
        coalesce(stated.quantity_delta, line_event.quantity_delta, 0) as quantity_delta,
        coalesce(stated.seller_delta, line_event.seller_delta, 0) as seller_delta,
        coalesce(stated.buyer_delta, line_event.buyer_delta, 0) as buyer_delta,
        coalesce(stated.subsidy_delta, line_event.subsidy_delta, 0) as subsidy_delta,
        coalesce(line_event.event_quantity, 0) as event_quantity,
        coalesce(line_event.event_amount, 0) as event_amount
    from line_event
    full outer join stated
        on line_event.order_line_key = stated.order_line_key
        and line_event.event_type = stated.event_type
        and stated.source_event_id = ''
),

refund_event as (
    select
        refund_line_key, 'refund_applied' as event_type, applied_at as event_at, applied_date as business_date, false as time_is_estimated,
        0 as quantity_delta, 0 as seller_delta, 0 as buyer_delta, 0 as subsidy_delta,
        refunded_quantity as event_quantity, 0 as event_amount
    from star.fct_refund
    where applied_at is not null
    union all
    select
        refund_line_key,
        case when kind = 'price_protection' then 'price_protected' else 'refund_succeeded' end as event_type,
        succeeded_at as event_at, refund_date as business_date, is_time_estimated as time_is_estimated,
        -refunded_quantity as quantity_delta,
        -refund_goods_seller_amount as seller_delta,
        -(refund_goods_buyer_amount + refund_shipping_amount) as buyer_delta,
        -subsidy_clawback_amount as subsidy_delta,
        refunded_quantity as event_quantity, compensation_amount as event_amount
    from star.fct_refund
    where is_counted
    union all
    select
        refund_line_key, 'refund_closed' as event_type, updated_at as event_at, closed_date as business_date, true as time_is_estimated,
        0 as quantity_delta, 0 as seller_delta, 0 as buyer_delta, 0 as subsidy_delta,
        0 as event_quantity, 0 as event_amount
    from star.fct_refund
    where status = 'closed'
    union all
    select
        refund_line_key, 'return_received' as event_type, returned_at as event_at, returned_date as business_date, false as time_is_estimated,
        0 as quantity_delta, 0 as seller_delta, 0 as buyer_delta, 0 as subsidy_delta,
        returned_quantity as event_quantity, 0 as event_amount
    from star.fct_refund
    where returned_at is not null
)

select
    order_event.order_line_key,
    line.order_key,
    line.shop_key,
    line.customer_key,
    line.product_key,
    order_event.event_type,
    order_event.source_event_id,
    order_event.event_at,
    cast(at_timezone(order_event.event_at, line.zone) as date) as business_date,
    line.paid_date as order_paid_date,
    order_event.time_is_estimated,
    order_event.origin,
    line.is_sale,
    line.is_gift,
    line.is_other_income,
    false as is_orphan,
    cast(order_event.quantity_delta as bigint) as quantity_delta,
    cast(order_event.seller_delta as decimal(18, 4)) as seller_delta,
    cast(order_event.buyer_delta as decimal(18, 4)) as buyer_delta,
    cast(order_event.subsidy_delta as decimal(18, 4)) as subsidy_delta,
    cast(order_event.event_quantity as bigint) as event_quantity,
    cast(order_event.event_amount as decimal(18, 4)) as event_amount,
    line.currency,
    coalesce(line.base_rate, line.placed_base_rate) as base_rate,
    line.seen_at
from order_event
inner join line
    on order_event.order_line_key = line.order_line_key

union all

select
    fct_refund.order_line_key,
    fct_refund.order_key,
    fct_refund.shop_key,
    fct_refund.customer_key,
    fct_refund.product_key,
    refund_event.event_type,
    case when fct_refund.is_orphan then cast(fct_refund.refund_line_key as varchar) else fct_refund.refund_id end as source_event_id,
    refund_event.event_at,
    refund_event.business_date,
    fct_refund.order_paid_date,
    refund_event.time_is_estimated,
    'derived' as origin,
    fct_refund.is_sale,
    false as is_gift,
    coalesce(line.is_other_income, false) as is_other_income,
    fct_refund.is_orphan,
    cast(refund_event.quantity_delta as bigint) as quantity_delta,
    cast(refund_event.seller_delta as decimal(18, 4)) as seller_delta,
    cast(refund_event.buyer_delta as decimal(18, 4)) as buyer_delta,
    cast(refund_event.subsidy_delta as decimal(18, 4)) as subsidy_delta,
    cast(refund_event.event_quantity as bigint) as event_quantity,
    cast(refund_event.event_amount as decimal(18, 4)) as event_amount,
    fct_refund.currency,
    fct_refund.base_rate,
    fct_refund.seen_at
from refund_event
inner join star.fct_refund
    on refund_event.refund_line_key = fct_refund.refund_line_key
left join line
    on fct_refund.order_line_key = line.order_line_key
