/* transform/star/sql/fct_ad_spend_daily.sql
grain: [report_date, ad_entity_key]
title: {en: Ad spend by day, zh: 广告消耗(日)}
description:
  en: What one ad node cost on one day of its account, never moved to the shop's day. Levels and breakdowns repeat the same money, so only the level of record counts (is_of_record). Where a source gives hours only, the day is their sum.
  zh: 投放对象在账户当地日期的消耗,不换算为店铺日期。各层级重复计同一笔钱,仅 is_of_record 的层级计入;仅有小时数据时按日汇总。
materialize: {incremental: report_date}
inputs:
  entity.ad_spend: report_date
  star.exchange_rate_daily: rate_date
  star.ad_entity_campaign: all
audits:
  - {unique: [report_date, ad_entity_key]}
  - {not_null: [report_date, ad_entity_key, campaign_key, spend_cash_amount, currency]}
  - sql: select * from star.fct_ad_spend_daily where base_rate is null
  - sql: select * from star.fct_ad_spend_daily where spend_reported_amount <> spend_cash_amount + spend_grant_amount
  - sql: |
      select platform, account_id, report_date
      from star.fct_ad_spend_daily
      where is_of_record
      group by platform, account_id, report_date
      having count(distinct report_level) > 1
*/
with preferred as (
    select
        ad_spend.*,
        max(case when ad_spend.report_hour = -1 then 1 else 0 end) over (
            partition by ad_spend.report_date, ad_spend.ad_entity_key
        ) as has_whole_day
    from entity.ad_spend
),

daily as (
    select
        preferred.report_date,
        preferred.ad_entity_key,
        preferred.platform,
        preferred.account_id,
        preferred.level as report_level,
        preferred.ad_entity_id,
        max(preferred.report_zone) as report_zone,
        max(case when preferred.is_of_record then 1 else 0 end) = 1 as is_of_record,
        sum(preferred.spend_reported_amount) as spend_reported_amount,
        sum(preferred.spend_cash_amount) as spend_cash_amount,
        sum(preferred.spend_grant_amount) as spend_grant_amount,
        sum(preferred.impressions) as impressions,
        sum(preferred.clicks) as clicks,
        preferred.currency
    from preferred
    where preferred.report_hour = -1
        or preferred.has_whole_day = 0
    group by
        preferred.report_date,
        preferred.ad_entity_key,
        preferred.platform,
        preferred.account_id,
        preferred.level,
        preferred.ad_entity_id,
        preferred.currency
),

campaign as (
    select
        daily.report_date,
        daily.ad_entity_key,
        min(ad_entity_campaign.campaign_key) as campaign_key
    from daily
    inner join star.ad_entity_campaign
        on daily.ad_entity_key = ad_entity_campaign.ad_entity_key
        and daily.report_date >= ad_entity_campaign.valid_from_on
        and daily.report_date <= ad_entity_campaign.valid_to_on
    group by
        daily.report_date,
        daily.ad_entity_key
)

select
    daily.report_date,
    daily.ad_entity_key,
    coalesce(campaign.campaign_key, -1) as campaign_key,
    daily.platform,
    daily.account_id,
    daily.report_level,
    daily.ad_entity_id,
    daily.report_zone,
    cast(
        abs(date_diff(
            'minute',
            cast(at_timezone(cast(daily.report_date as timestamp) at time zone 'UTC', daily.report_zone) as timestamp),
            cast(at_timezone(cast(daily.report_date as timestamp) at time zone 'UTC', project.timezone) as timestamp)
        )) as double
    ) / 60 as zone_mismatch_hours,
    daily.is_of_record,
    cast(daily.spend_reported_amount as decimal(18, 4)) as spend_reported_amount,
    cast(daily.spend_cash_amount as decimal(18, 4)) as spend_cash_amount,
    cast(daily.spend_grant_amount as decimal(18, 4)) as spend_grant_amount,
    cast(daily.impressions as bigint) as impressions,
    cast(daily.clicks as bigint) as clicks,
    daily.currency,
    exchange_rate_daily.rate as base_rate
from daily
cross join ops.project
left join campaign
    on daily.report_date = campaign.report_date
    and daily.ad_entity_key = campaign.ad_entity_key
left join star.exchange_rate_daily
    on daily.currency = exchange_rate_daily.currency
    and daily.report_date = exchange_rate_daily.rate_date
