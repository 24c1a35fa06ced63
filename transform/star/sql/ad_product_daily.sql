/* transform/star/sql/ad_product_daily.sql
grain: [report_date, ad_entity_key, shop_key, product_key]
title: {en: Product shown by an ad by day, zh: 广告每日所展示商品}
description:
  en: What was spent in a day on one ad for each product whose listings it shows in each shop, in the project's currency; an ad that shows several is shared evenly over them, to the smallest unit. Accounts without ad_listing are not here and are named in the marts that need them.
  zh: 每日每个广告在各店铺所展示商品上的消耗(本位币);展示多个时平均分摊至最小货币单位;未提供商品关系的账户不在此表。
materialize: {incremental: report_date}
inputs:
  star.fct_ad_spend_daily: report_date
audits:
  - {unique: [report_date, ad_entity_key, shop_key, product_key]}
*/
with shown as (
    select distinct
        fct_ad_spend_daily.report_date,
        fct_ad_spend_daily.ad_entity_key,
        fct_ad_spend_daily.report_zone,
        coalesce(dim_shop.shop_key, -1) as shop_key,
        coalesce(ad_listing.product_key, listing.product_key, case when listing.listing_key is not null then -1 end) as product_key,
        cast(fct_ad_spend_daily.spend_cash_amount * fct_ad_spend_daily.base_rate as decimal(18, 4)) as spend_amount
    from star.fct_ad_spend_daily
    inner join entity.ad_listing
        on fct_ad_spend_daily.ad_entity_key = ad_listing.ad_entity_key
        and cast(at_timezone(ad_listing.valid_from_at, fct_ad_spend_daily.report_zone) as date) <= fct_ad_spend_daily.report_date
        and (ad_listing.valid_to_at is null or cast(at_timezone(ad_listing.valid_to_at, fct_ad_spend_daily.report_zone) as timestamp) > cast(fct_ad_spend_daily.report_date as timestamp))
    left join star.dim_shop
        on ad_listing.shop_key = dim_shop.shop_key
    left join entity.listing
        on ad_listing.shop_key = listing.shop_key
        and ad_listing.item_id = listing.item_id
        and listing.valid_to_at is null
),

ranked as (
    select
        shown.report_date,
        shown.ad_entity_key,
        shown.report_zone,
        shown.shop_key,
        shown.product_key,
        shown.spend_amount,
        row_number() over (partition by shown.report_date, shown.ad_entity_key order by shown.shop_key, shown.product_key) as product_number,
        count(*) over (partition by shown.report_date, shown.ad_entity_key) as product_count
    from shown
    where shown.product_key is not null
),

-- The smallest unit; an amount finer than it is shared in the fourth decimal, so that nothing is lost.
unit as (
    select
        ranked.*,
        case
            when ranked.spend_amount * dim_currency.units_per_major = floor(ranked.spend_amount * dim_currency.units_per_major) then dim_currency.unit_amount
            else cast(0.0001 as decimal(18, 4))
        end as unit_amount,
        cast(abs(ranked.spend_amount) * case
            when ranked.spend_amount * dim_currency.units_per_major = floor(ranked.spend_amount * dim_currency.units_per_major) then dim_currency.units_per_major
            else 10000
        end as bigint) as amount_units
    from ranked
    cross join ops.project
    inner join star.dim_currency
        on project.base_currency = dim_currency.currency
)

select
    unit.report_date,
    unit.ad_entity_key,
    unit.shop_key,
    unit.product_key,
    unit.report_zone,
    unit.product_count,
    cast(
        sign(unit.spend_amount)
        * (
            cast((unit.amount_units - mod(unit.amount_units, unit.product_count)) / unit.product_count as bigint)
            + case when unit.product_number <= mod(unit.amount_units, unit.product_count) then 1 else 0 end
        )
        * unit.unit_amount
        as decimal(18, 4)
    ) as spend_base_amount
from unit
