/* transform/star/sql/fulfilment_live.sql
grain: [fulfilment_line_key]
title: {en: Fulfilment line that counts, zh: 有效履约明细}
description:
  en: ERP lines that were not merged, split, cancelled or replaced, each tied to the platform order it serves. A gift that the ERP added has no platform line; it hangs on the first source order of its fulfilment order (smallest shop, then order number).
  zh: 未被合并、拆分、取消或替换的 ERP 明细,并对应到平台订单;ERP 追加的赠品挂在该履约单的首个来源订单(店铺、订单号最小者)。
materialize: {keys: fulfilment_order_key}
columns:
  amount: {en: "Share of money, where the ERP gives it", zh: 分摊金额}
audits:
  - {unique: [fulfilment_line_key]}
*/
with live as (
    select
        fulfilment_line.fulfilment_line_key,
        fulfilment_line.fulfilment_order_key,
        fulfilment_line.order_key,
        fulfilment_line.order_line_key,
        fulfilment_line.product_key,
        fulfilment_line.shop_id,
        fulfilment_line.order_id,
        fulfilment_line.sku_code,
        fulfilment_line.bundle_sku_code,
        fulfilment_line.quantity,
        fulfilment_line.is_gift,
        fulfilment_line.amount,
        fulfilment_order.warehouse_key,
        fulfilment_order.package_no,
        fulfilment_order.carrier,
        fulfilment_order.shipped_at
    from entity.fulfilment_line
    inner join entity.fulfilment_order
        on fulfilment_line.fulfilment_order_key = fulfilment_order.fulfilment_order_key
    where fulfilment_order.status not in ('merged', 'split', 'cancelled')
        and fulfilment_line.item_status not in ('replaced', 'cancelled')
),

first_order as (
    select
        live.fulfilment_order_key,
        live.order_key,
        row_number() over (
            partition by live.fulfilment_order_key
            order by live.shop_id, live.order_id, live.fulfilment_line_key
        ) as order_rank
    from live
    where live.order_key is not null
)

select
    live.fulfilment_line_key,
    live.fulfilment_order_key,
    coalesce(live.order_key, first_order.order_key, -1) as order_key,
    coalesce(live.order_line_key, -1) as order_line_key,
    coalesce(live.product_key, -1) as product_key,
    coalesce(live.warehouse_key, -1) as warehouse_key,
    live.sku_code,
    live.bundle_sku_code,
    live.quantity,
    live.is_gift,
    live.amount,
    live.package_no,
    live.carrier,
    live.shipped_at
from live
left join first_order
    on live.fulfilment_order_key = first_order.fulfilment_order_key
    and first_order.order_rank = 1
