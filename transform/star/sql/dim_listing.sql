/* transform/star/sql/dim_listing.sql
grain: [listing_version_key]
title: {en: Listing, zh: 商品链接}
description:
  en: One saleable SKU of one shop's listing (listing_key), with the merchant code it carried from valid_from_at until valid_to_at. A listing that order lines name and no source describes yet is an inferred member; -1 is the unknown member.
  zh: 店铺商品链接的一个可售 SKU(listing_key)及其在有效期内对应的商家编码;订单明细已出现而尚无资料的链接为推断成员(is_inferred);-1 为未知成员。
materialize: table
audits:
  - {unique: [listing_version_key]}
  - {not_null: [listing_version_key, listing_key, product_key, is_inferred]}
*/
with described as (
    select
        listing.*,
        key63(listing.shop_id || chr(31) || listing.item_id || chr(31) || listing.platform_sku_id) as durable_listing_key
    from entity.listing
),

sold as (
    select distinct
        order_line.shop_key,
        order_line.shop_id,
        order_line.item_id,
        coalesce(order_line.platform_sku_id, '') as platform_sku_id
    from entity.order_line
    where order_line.item_id is not null
),

used as (
    select
        sold.*,
        key63(sold.shop_id || chr(31) || sold.item_id || chr(31) || sold.platform_sku_id) as listing_key
    from sold
)

select
    described.listing_key as listing_version_key,
    described.durable_listing_key as listing_key,
    described.shop_key,
    coalesce(described.product_key, -1) as product_key,
    described.item_id,
    described.platform_sku_id,
    described.sku_code,
    described.title,
    described.category,
    described.list_amount,
    described.currency,
    described.is_on_sale,
    false as is_inferred,
    described.valid_from_at,
    described.valid_to_at,
    described.valid_to_at is null as is_current
from described

union all

select
    used.listing_key as listing_version_key,
    used.listing_key,
    used.shop_key,
    cast(-1 as bigint) as product_key,
    used.item_id,
    used.platform_sku_id,
    cast(null as varchar) as sku_code,
    cast(null as varchar) as title,
    cast(null as varchar) as category,
    cast(null as decimal(18, 4)) as list_amount,
    cast(null as varchar) as currency,
    cast(null as boolean) as is_on_sale,
    true as is_inferred,
    timestamp '1970-01-01 00:00:00' at time zone 'UTC' as valid_from_at,
    cast(null as timestamp with time zone) as valid_to_at,
    true as is_current
from used
left join described
    on used.listing_key = described.durable_listing_key
where described.durable_listing_key is null

union all

select
    cast(-1 as bigint) as listing_version_key,
    cast(-1 as bigint) as listing_key,
    cast(-1 as bigint) as shop_key,
    cast(-1 as bigint) as product_key,
    cast(null as varchar) as item_id,
    cast(null as varchar) as platform_sku_id,
    cast(null as varchar) as sku_code,
    '(unknown)' as title,
    cast(null as varchar) as category,
    cast(null as decimal(18, 4)) as list_amount,
    cast(null as varchar) as currency,
    cast(null as boolean) as is_on_sale,
    false as is_inferred,
    timestamp '1970-01-01 00:00:00' at time zone 'UTC' as valid_from_at,
    cast(null as timestamp with time zone) as valid_to_at,
    true as is_current
