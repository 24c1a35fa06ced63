/* transform/star/sql/promoted_product_hourly.sql
grain: [report_date, shop_key, product_key, start_at, end_at]
title: {en: Promoted product by hour, zh: 分时在投商品}
description:
  en: When the ads that show a product in a shop spent what they spent - the hours as the platform reports them, and for an ad without hours on that day one row of its account's whole day (basis day) - in the project's currency.
  zh: 在某店铺展示某商品的广告何时消耗:平台提供小时数据时逐小时,否则为账户当地整日一行(basis 为 day),均为本位币。
materialize: {incremental: report_date}
columns:
  basis: {en: "Whether the platform reports hours or days (hour, day)", zh: 小时或整日口径}
audits:
  - {unique: [report_date, shop_key, product_key, start_at, end_at]}
  - sql: select * from star.promoted_product_hourly where end_at <= start_at
*/
with hour as (
    select
        fct_ad_spend_hourly.report_date,
        fct_ad_spend_hourly.ad_entity_key,
        fct_ad_spend_hourly.start_at,
        cast(fct_ad_spend_hourly.spend_cash_amount * fct_ad_spend_hourly.base_rate as decimal(18, 4)) as spend_amount
    from star.fct_ad_spend_hourly
),

by_hour as (
    select
        ad_product_daily.report_date,
        ad_product_daily.shop_key,
        ad_product_daily.product_key,
        hour.start_at,
        hour.start_at + interval '1' hour as end_at,
        'hour' as basis,
        cast(round(cast(hour.spend_amount as double) / nullif(ad_product_daily.product_count, 0), 8) as decimal(18, 8)) as spend_amount
    from star.ad_product_daily
    inner join hour
        on ad_product_daily.report_date = hour.report_date
        and ad_product_daily.ad_entity_key = hour.ad_entity_key
),

whole_day as (
    select
        ad_product_daily.*,
        cast(ad_product_daily.report_date as timestamp) as local_start_at,
        cast(ad_product_daily.report_date + interval '1' day as timestamp) as local_end_at
    from star.ad_product_daily
    left join (select distinct report_date, ad_entity_key from hour) as with_hours
        on ad_product_daily.report_date = with_hours.report_date
        and ad_product_daily.ad_entity_key = with_hours.ad_entity_key
    where with_hours.ad_entity_key is null
),

-- A wall clock read as UTC, moved back by the zone's offset at that wall clock.
by_day as (
    select
        whole_day.report_date,
        whole_day.shop_key,
        whole_day.product_key,
        whole_day.local_start_at at time zone 'UTC' - interval '1' minute * date_diff(
            'minute',
            whole_day.local_start_at,
            cast(at_timezone(whole_day.local_start_at at time zone 'UTC', whole_day.report_zone) as timestamp)
        ) as start_at,
        whole_day.local_end_at at time zone 'UTC' - interval '1' minute * date_diff(
            'minute',
            whole_day.local_end_at,
            cast(at_timezone(whole_day.local_end_at at time zone 'UTC', whole_day.report_zone) as timestamp)
        ) as end_at,
        'day' as basis,
        cast(whole_day.spend_base_amount as decimal(18, 8)) as spend_amount
    from whole_day
),

both_bases as (
    select * from by_hour
    union all
    select * from by_day
)

select
    both_bases.report_date,
    both_bases.shop_key,
    both_bases.product_key,
    both_bases.start_at,
    both_bases.end_at,
    max(both_bases.basis) as basis,
    cast(sum(both_bases.spend_amount) as decimal(38, 8)) as spend_base_amount
from both_bases
group by
    both_bases.report_date,
    both_bases.shop_key,
    both_bases.product_key,
    both_bases.start_at,
    both_bases.end_at
