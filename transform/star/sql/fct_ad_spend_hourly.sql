/* transform/star/sql/fct_ad_spend_hourly.sql
grain: [report_date, report_hour, ad_entity_key]
title: {en: Ad spend by hour, zh: 广告消耗(小时)}
description:
  en: What one ad node cost in one hour of its account's day, where the platform offers hours. start_at is the hour's instant.
  zh: 投放对象在账户当地每小时的消耗(平台提供时);start_at 为该小时起始时刻。
materialize: {incremental: report_date}
inputs:
  entity.ad_spend: report_date
  star.exchange_rate_daily: rate_date
audits:
  - {unique: [report_date, report_hour, ad_entity_key]}
  - sql: select * from star.fct_ad_spend_hourly where base_rate is null
*/
with hour_of_offset as (
    select
        ad_spend.report_date,
        ad_spend.report_hour,
        ad_spend.ad_entity_key,
        ad_spend.platform,
        ad_spend.account_id,
        ad_spend.level,
        ad_spend.report_zone,
        ad_spend.is_of_record,
        ad_spend.spend_reported_amount,
        ad_spend.spend_cash_amount,
        ad_spend.spend_grant_amount,
        ad_spend.impressions,
        ad_spend.clicks,
        ad_spend.currency,
        date_add('hour', ad_spend.report_hour, cast(ad_spend.report_date as timestamp)) as local_start_at
    from entity.ad_spend
    where ad_spend.report_hour >= 0
)

select
    hour_of_offset.report_date,
    hour_of_offset.report_hour,
    hour_of_offset.ad_entity_key,
    hour_of_offset.platform,
    hour_of_offset.account_id,
    hour_of_offset.level as report_level,
    hour_of_offset.report_zone,
    -- The wall clock read as UTC, moved back by the zone's offset at that wall clock.
    hour_of_offset.local_start_at at time zone 'UTC' - interval '1' minute * date_diff(
        'minute',
        hour_of_offset.local_start_at,
        cast(at_timezone(hour_of_offset.local_start_at at time zone 'UTC', hour_of_offset.report_zone) as timestamp)
    ) as start_at,
    hour_of_offset.is_of_record,
    hour_of_offset.spend_reported_amount,
    hour_of_offset.spend_cash_amount,
    hour_of_offset.spend_grant_amount,
    hour_of_offset.impressions,
    hour_of_offset.clicks,
    hour_of_offset.currency,
    exchange_rate_daily.rate as base_rate
from hour_of_offset
left join star.exchange_rate_daily
    on hour_of_offset.currency = exchange_rate_daily.currency
    and hour_of_offset.report_date = exchange_rate_daily.rate_date
