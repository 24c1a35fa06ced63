/* bench/sql/int_order.sql
grain: [order_id]
title: {en: Order with its money, zh: 订单金额}
materialize: {keys: customer_id}
dialect: duckdb
*/
with paid as (
    select
        order_id,
        order_ts,
        order_date,
        customer_id,
        cast(sum(revenue_cents) as bigint) as revenue_cents,
        cast(sum(margin_cents) as bigint) as margin_cents
    from mart.fct_order_line
    where status not in ('cancelled', 'refunded')
    group by
        order_id,
        order_ts,
        order_date,
        customer_id
),

first_order as (
    select
        customer_id,
        min(order_ts) as first_ts
    from paid
    group by customer_id
)

select
    paid.order_id,
    paid.order_ts,
    paid.order_date,
    paid.customer_id,
    paid.revenue_cents,
    paid.margin_cents,
    paid.order_ts = first_order.first_ts as is_new
from paid
inner join first_order
    on paid.customer_id = first_order.customer_id
