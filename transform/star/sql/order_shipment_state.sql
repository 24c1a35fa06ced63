/* transform/star/sql/order_shipment_state.sql
grain: [order_key]
title: {en: Shipping state of an order, zh: 订单发货状态}
description:
  en: What of each order has left, by packages - not shipped, part shipped or shipped - and when the first and the last package left.
  zh: 按包裹统计的订单发货进度(未发、部分、全部)及首末包裹发出时间。
materialize: {keys: order_key}
audits:
  - {unique: [order_key]}
*/
with due as (
    select
        fct_order_component.order_key,
        sum(fct_order_component.quantity) as units_due
    from star.fct_order_component
    group by fct_order_component.order_key
),

sent as (
    select
        fct_shipment_line.order_key,
        sum(fct_shipment_line.units) as units_shipped,
        count(distinct fct_shipment_line.package_no) as package_count,
        min(fct_shipment_line.shipped_at) as first_shipped_at,
        min(fct_shipment_line.shipped_date) as first_shipped_date,
        max(fct_shipment_line.shipped_at) as last_shipped_at,
        max(fct_shipment_line.signed_at) as last_signed_at
    from star.fct_shipment_line
    where fct_shipment_line.shipped_at is not null
    group by fct_shipment_line.order_key
)

select
    due.order_key,
    cast(due.units_due as bigint) as units_due,
    cast(coalesce(sent.units_shipped, 0) as bigint) as units_shipped,
    coalesce(sent.package_count, 0) as package_count,
    sent.first_shipped_at,
    sent.first_shipped_date,
    case when sent.units_shipped >= due.units_due then sent.last_shipped_at end as completed_shipped_at,
    sent.last_signed_at,
    case
        when sent.units_shipped >= due.units_due then 'shipped'
        when sent.units_shipped > 0 then 'part_shipped'
        else 'not_shipped'
    end as shipment_state
from due
left join sent
    on due.order_key = sent.order_key
