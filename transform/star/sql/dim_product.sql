/* transform/star/sql/dim_product.sql
grain: [product_key]
title: {en: Product, zh: 商品}
description:
  en: One row per SKU that is stocked, sold or advertised. A code that facts use but no system describes is an inferred member, so that facts keep their key when its description comes late; -1 is the unknown member.
  zh: 每个 SKU 一行;事实表已使用而尚无主数据的编码为推断成员(is_inferred),-1 为未知成员。
materialize: table
audits:
  - {unique: [product_key]}
  - {not_null: [product_key, is_bundle]}
*/
with used as (
    select product_key, sku_code from entity.order_line
    union
    select product_key, sku_code from entity.fulfilment_line
    union
    select product_key, sku_code from entity.shipment
    union
    select product_key, sku_code from entity.purchase_order
    union
    select product_key, sku_code from entity.listing
    union
    select product_key, sku_code from entity.touch
    union
    select product_key, sku_code from entity.review
    union
    select product_key, sku_code from entity.stock_level
    union
    select product_key, sku_code from entity.stock_move
    union
    select component_key as product_key, component_sku_code as sku_code from entity.bundle_component
)

select
    product.product_key,
    product.sku_code,
    product.spu_code,
    product.title,
    product.category,
    product.brand,
    product.unit,
    product.reference_price_amount,
    product.currency,
    product.is_bundle,
    product.shelf_life_days,
    product.min_remaining_days,
    false as is_inferred
from entity.product

union all

select
    used.product_key,
    used.sku_code,
    cast(null as varchar) as spu_code,
    used.sku_code as title,
    cast(null as varchar) as category,
    cast(null as varchar) as brand,
    cast(null as varchar) as unit,
    cast(null as decimal(18, 4)) as reference_price_amount,
    cast(null as varchar) as currency,
    false as is_bundle,
    cast(null as bigint) as shelf_life_days,
    cast(null as bigint) as min_remaining_days,
    true as is_inferred
from used
left join entity.product
    on used.product_key = product.product_key
where product.product_key is null
    and used.product_key is not null

union all

select
    cast(-1 as bigint) as product_key,
    cast(null as varchar) as sku_code,
    cast(null as varchar) as spu_code,
    '(unknown)' as title,
    cast(null as varchar) as category,
    cast(null as varchar) as brand,
    cast(null as varchar) as unit,
    cast(null as decimal(18, 4)) as reference_price_amount,
    cast(null as varchar) as currency,
    false as is_bundle,
    cast(null as bigint) as shelf_life_days,
    cast(null as bigint) as min_remaining_days,
    false as is_inferred
