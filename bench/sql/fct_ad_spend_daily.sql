/* bench/sql/fct_ad_spend_daily.sql
grain: [spend_date, platform, campaign_id]
title: {en: Ad spend by day, zh: 每日投放花费}
materialize: {append: raw.bench__ad_spend}
dialect: duckdb
*/
select
    cast(date as date) as spend_date,
    platform,
    campaign_id,
    cast(impressions as bigint) as impressions,
    cast(clicks as bigint) as clicks,
    cast(cast(cost as decimal(18, 2)) * 100 as bigint) as cost_cents
from raw.bench__ad_spend
