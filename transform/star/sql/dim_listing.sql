/* transform/star/sql/dim_listing.sql
grain: [listing_version_key]
title: {en: Listing, zh: 商品链接}
description:
  en: One saleable SKU of one shop's listing (listing_key), with the merchant code it carried from valid_from_at until valid_to_at; -1 is the unknown member.
  zh: 店铺商品链接的一个可售 SKU(listing_key)及其在有效期内对应的商家编码;-1 为未知成员。
materialize: table
audits:
  - {unique: [listing_version_key]}
  - {not_null: [listing_version_key, listing_key, product_key]}
*/
select
    listing.listing_key as listing_version_key,
    key63(listing.shop_id || chr(31) || listing.item_id || chr(31) || listing.platform_sku_id) as listing_key,
    listing.shop_key,
    coalesce(listing.product_key, -1) as product_key,
    listing.item_id,
    listing.platform_sku_id,
    listing.sku_code,
    listing.title,
    listing.category,
    listing.list_amount,
    listing.currency,
    listing.is_on_sale,
    listing.valid_from_at,
    listing.valid_to_at,
    listing.valid_to_at is null as is_current
from entity.listing

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
    cast(null as timestamp with time zone) as valid_from_at,
    cast(null as timestamp with time zone) as valid_to_at,
    true as is_current
