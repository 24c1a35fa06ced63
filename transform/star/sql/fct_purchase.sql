/* transform/star/sql/fct_purchase.sql
grain: [purchase_order_key]
title: {en: Purchase line, zh: 采购明细}
description:
  en: One line of a purchase or transfer order with what has been received of it and when; what is still to come is open_quantity at expected_at.
  zh: 采购或调拨单明细及其到货情况;未到数量为 open_quantity,预计到货 expected_at。
materialize: {keys: purchase_order_key}
audits:
  - {unique: [purchase_order_key]}
  - {not_null: [purchase_order_key, product_key, warehouse_key]}
*/
with received as (
    select
        purchase_receipt.purchase_order_key,
        sum(purchase_receipt.quantity) as received_quantity,
        min(purchase_receipt.received_at) as first_received_at,
        max(purchase_receipt.received_at) as last_received_at,
        sum(purchase_receipt.landed_cost_amount) as landed_cost_amount
    from entity.purchase_receipt
    where purchase_receipt.purchase_order_key is not null
    group by purchase_receipt.purchase_order_key
)

select
    purchase_order.purchase_order_key,
    purchase_order.product_key,
    coalesce(purchase_order.warehouse_key, -1) as warehouse_key,
    coalesce(purchase_order.supplier_key, -1) as supplier_key,
    purchase_order.purchase_id,
    purchase_order.line_id,
    purchase_order.kind,
    purchase_order.status,
    purchase_order.quantity,
    cast(coalesce(received.received_quantity, 0) as decimal(18, 4)) as received_quantity,
    cast(case
        when purchase_order.quantity > coalesce(received.received_quantity, 0) then purchase_order.quantity - coalesce(received.received_quantity, 0)
        else 0
    end as decimal(18, 4)) as open_quantity,
    purchase_order.unit_cost_amount,
    cast(received.landed_cost_amount as decimal(18, 4)) as landed_cost_amount,
    purchase_order.currency,
    purchase_order.tax_included,
    purchase_order.ordered_at,
    purchase_order.expected_at,
    received.first_received_at,
    received.last_received_at,
    cast(date_diff('second', purchase_order.ordered_at, received.last_received_at) as double) / 86400 as lead_time_days
from entity.purchase_order
left join received
    on purchase_order.purchase_order_key = received.purchase_order_key
