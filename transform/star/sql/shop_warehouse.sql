/* transform/star/sql/shop_warehouse.sql
grain: [shop_key, warehouse_key]
title: {en: Warehouse of a shop, zh: 店铺发货仓}
description:
  en: Which warehouses serve which shops. A shop for which nobody said is served by every warehouse of a sellable kind (is_assumed).
  zh: 各店铺由哪些仓库发货;未指定的店铺视为所有可售仓(is_assumed)。
materialize: table
audits:
  - {unique: [shop_key, warehouse_key]}
*/
with stated as (
    select distinct
        warehouse_shop.shop_key,
        warehouse_shop.warehouse_key
    from entity.warehouse_shop
),

shop as (
    select shop_key from entity.shop
    union all
    select cast(-1 as bigint) as shop_key
)

select
    stated.shop_key,
    stated.warehouse_key,
    false as is_assumed
from stated

union all

select
    shop.shop_key,
    dim_warehouse.warehouse_key,
    true as is_assumed
from shop
cross join star.dim_warehouse
where dim_warehouse.is_sellable_kind
    and not exists (select 1 from stated where stated.shop_key = shop.shop_key)
