/* transform/star/sql/fct_shipment_line.sql
grain: [shipment_line_key]
title: {en: Shipped line, zh: 发货明细}
description:
  en: One stock SKU of one order line in one package, from the shipments of the platform or warehouse and from the ERP orders that were sent; where both tell of a package, the shipment's times win.
  zh: 一个包裹中某订单明细的一个库存 SKU,来自平台或仓库的发货记录与已发货的 ERP 单据;同一包裹以发货记录为准。
materialize: {keys: order_key, partition_by: shipped_date}
audits:
  - {unique: [shipment_line_key]}
  - {not_null: [package_no, order_key]}
*/
with sent as (
    select
        fulfilment_live.package_no,
        fulfilment_live.order_key,
        fulfilment_live.order_line_key,
        fulfilment_live.product_key,
        max(fulfilment_live.warehouse_key) as warehouse_key,
        max(fulfilment_live.carrier) as carrier,
        min(fulfilment_live.shipped_at) as shipped_at,
        sum(fulfilment_live.quantity) as units
    from star.fulfilment_live
    where fulfilment_live.shipped_at is not null
        and fulfilment_live.package_no is not null
        and fulfilment_live.order_key <> -1
    group by
        fulfilment_live.package_no,
        fulfilment_live.order_key,
        fulfilment_live.order_line_key,
        fulfilment_live.product_key
),

stated as (
    select
        shipment.package_no,
        shipment.order_key,
        coalesce(shipment.order_line_key, -1) as order_line_key,
        coalesce(shipment.product_key, -1) as product_key,
        max(shipment.warehouse_key) as warehouse_key,
        max(shipment.carrier) as carrier,
        min(shipment.promised_at) as promised_at,
        min(shipment.shipped_at) as shipped_at,
        min(shipment.collected_at) as collected_at,
        max(shipment.signed_at) as signed_at,
        sum(shipment.quantity) as units
    from entity.shipment
    group by
        shipment.package_no,
        shipment.order_key,
        coalesce(shipment.order_line_key, -1),
        coalesce(shipment.product_key, -1)
),

shipped as (
    select
        coalesce(stated.package_no, sent.package_no) as package_no,
        coalesce(stated.order_key, sent.order_key) as order_key,
        coalesce(stated.order_line_key, sent.order_line_key) as order_line_key,
        coalesce(stated.product_key, sent.product_key) as product_key,
        coalesce(stated.warehouse_key, sent.warehouse_key, -1) as warehouse_key,
        coalesce(stated.carrier, sent.carrier) as carrier,
        cast(coalesce(stated.units, sent.units, 0) as bigint) as units,
        stated.promised_at,
        coalesce(stated.shipped_at, sent.shipped_at) as shipped_at,
        stated.collected_at,
        stated.signed_at,
        case when stated.package_no is null then 'fulfilment' else 'shipment' end as origin
    from stated
    full outer join sent
        on stated.package_no = sent.package_no
        and stated.order_key = sent.order_key
        and stated.order_line_key = sent.order_line_key
        and stated.product_key = sent.product_key
)

select
    key63(
        shipped.package_no || chr(31) || cast(shipped.order_key as varchar) || chr(31)
        || cast(shipped.order_line_key as varchar) || chr(31) || cast(shipped.product_key as varchar)
    ) as shipment_line_key,
    shipped.package_no,
    shipped.order_key,
    shipped.order_line_key,
    shipped.product_key,
    shipped.warehouse_key,
    coalesce(order_header.shop_key, -1) as shop_key,
    shipped.carrier,
    shipped.units,
    coalesce(shipped.promised_at, order_header.promised_ship_at) as promised_at,
    shipped.shipped_at,
    shipped.collected_at,
    shipped.signed_at,
    cast(at_timezone(shipped.shipped_at, order_header.zone) as date) as shipped_date,
    shipped.shipped_at > coalesce(shipped.promised_at, order_header.promised_ship_at) as is_late,
    shipped.origin
from shipped
left join star.order_header
    on shipped.order_key = order_header.order_key
