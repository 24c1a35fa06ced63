/* transform/star/sql/dim_campaign.sql
grain: [campaign_key]
title: {en: Campaign, zh: 营销活动}
description:
  en: One row per campaign of ours, across platforms. A code that members, costs or requests name and no campaign has is an inferred member; what belongs to no campaign falls to the unknown member -1.
  zh: 自有跨平台营销活动,每个一行;成员、费用或需求已引用而尚未登记的编码为推断成员(is_inferred);未归入任何活动的落在未知成员 -1。
materialize: table
audits:
  - {unique: [campaign_key]}
  - {not_null: [campaign_key, is_inferred]}
*/
with used as (
    select campaign_key, campaign_code from entity.campaign_member
    union
    select campaign_key, campaign_code from entity.marketing_cost
    union
    select campaign_key, campaign_code from entity.service_request
)

select
    campaign.campaign_key,
    campaign.campaign_code,
    campaign.title,
    campaign.starts_on,
    campaign.ends_on,
    campaign.owner,
    campaign.goal,
    false as is_inferred
from entity.campaign

union all

select
    used.campaign_key,
    used.campaign_code,
    used.campaign_code as title,
    cast(null as date) as starts_on,
    cast(null as date) as ends_on,
    cast(null as varchar) as owner,
    cast(null as varchar) as goal,
    true as is_inferred
from used
left join entity.campaign
    on used.campaign_key = campaign.campaign_key
where campaign.campaign_key is null
    and used.campaign_key is not null

union all

select
    cast(-1 as bigint) as campaign_key,
    cast(null as varchar) as campaign_code,
    '(no campaign)' as title,
    cast(null as date) as starts_on,
    cast(null as date) as ends_on,
    cast(null as varchar) as owner,
    cast(null as varchar) as goal,
    false as is_inferred
