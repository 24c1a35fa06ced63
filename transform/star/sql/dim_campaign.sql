/* transform/star/sql/dim_campaign.sql
grain: [campaign_key]
title: {en: Campaign, zh: 营销活动}
description:
  en: One row per campaign of ours, across platforms, and the unknown member -1 to which what belongs to no campaign falls.
  zh: 自有跨平台营销活动,每个一行;未归入任何活动的落在未知成员 -1。
materialize: table
audits:
  - {unique: [campaign_key]}
*/
select
    campaign.campaign_key,
    campaign.campaign_code,
    campaign.title,
    campaign.starts_on,
    campaign.ends_on,
    campaign.owner,
    campaign.goal
from entity.campaign

union all

select
    cast(-1 as bigint) as campaign_key,
    cast(null as varchar) as campaign_code,
    '(no campaign)' as title,
    cast(null as date) as starts_on,
    cast(null as date) as ends_on,
    cast(null as varchar) as owner,
    cast(null as varchar) as goal
