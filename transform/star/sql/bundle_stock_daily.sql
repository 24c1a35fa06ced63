/* transform/star/sql/bundle_stock_daily.sql
grain: [stock_date, warehouse_key, product_key]
title: {en: Sellable sets of a bundle by day, zh: 组合装每日可售套数}
description:
  en: A bundle has no stock. Its sellable sets are the least of floor(available / quantity) over its components; a component that the warehouse does not keep gives none.
  zh: 组合装无自身库存;可售套数 = 各组件 floor(可用 ÷ 用量) 的最小值,仓内没有某组件时为 0。
materialize: {incremental: stock_date}
inputs: {star.fct_stock_daily: stock_date}
audits:
  - {unique: [stock_date, warehouse_key, product_key]}
*/
with stock_day as (
    select distinct
        fct_stock_daily.stock_date,
        fct_stock_daily.warehouse_key
    from star.fct_stock_daily
),

part as (
    select
        stock_day.stock_date,
        stock_day.warehouse_key,
        bundle_component.bundle_key as product_key,
        case
            when fct_stock_daily.available_qty > 0 then cast(floor(cast(fct_stock_daily.available_qty as double) / bundle_component.quantity) as bigint)
            else 0
        end as sellable_sets
    from stock_day
    inner join entity.bundle_component
        on cast(bundle_component.valid_from_at as date) <= stock_day.stock_date
        and (bundle_component.valid_to_at is null or cast(bundle_component.valid_to_at as date) > stock_day.stock_date)
    left join star.fct_stock_daily
        on stock_day.stock_date = fct_stock_daily.stock_date
        and stock_day.warehouse_key = fct_stock_daily.warehouse_key
        and bundle_component.component_key = fct_stock_daily.product_key
)

select
    part.stock_date,
    part.warehouse_key,
    part.product_key,
    min(part.sellable_sets) as sellable_sets
from part
group by
    part.stock_date,
    part.warehouse_key,
    part.product_key
