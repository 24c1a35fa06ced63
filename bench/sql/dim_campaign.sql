/* bench/sql/dim_campaign.sql
grain: [campaign_key]
title: {en: Campaign, zh: 投放计划}
materialize: table
dialect: duckdb
*/
select
    campaign_id as campaign_key,
    name,
    objective,
    skus
from raw.bench__campaigns
