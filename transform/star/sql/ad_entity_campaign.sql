/* transform/star/sql/ad_entity_campaign.sql
grain: [ad_entity_key, campaign_key, valid_from_on]
title: {en: Campaign of an ad node, zh: 投放对象所属活动}
description:
  en: Which of our campaigns an ad node belongs to and when, directly or through the nearest node above it that is a member.
  zh: 投放对象在何时属于哪个自有活动,直接指定或取最近的上级节点。
materialize: table
audits:
  - {unique: [ad_entity_key, campaign_key, valid_from_on]}
*/
with member as (
    select
        key63(
            campaign_member.platform || chr(31) || campaign_member.account_id || chr(31)
            || case campaign_member.member_kind when 'ad_campaign' then 'campaign' when 'ad_group' then 'group' else 'ad' end
            || chr(31) || campaign_member.member_id
        ) as ad_entity_key,
        campaign_member.campaign_key,
        campaign_member.valid_from_on,
        campaign_member.valid_to_on
    from entity.campaign_member
    where campaign_member.member_kind in ('ad_campaign', 'ad_group', 'ad')
),

child as (
    select
        ad_entity.ad_entity_key,
        ad_entity.parent_key
    from entity.ad_entity
    where ad_entity.parent_key is not null
),

descent as (
    select member.ad_entity_key, member.campaign_key, member.valid_from_on, member.valid_to_on, 0 as distance
    from member
    union all
    select child.ad_entity_key, member.campaign_key, member.valid_from_on, member.valid_to_on, 1 as distance
    from member
    inner join child
        on member.ad_entity_key = child.parent_key
    union all
    select grandchild.ad_entity_key, member.campaign_key, member.valid_from_on, member.valid_to_on, 2 as distance
    from member
    inner join child
        on member.ad_entity_key = child.parent_key
    inner join child as grandchild
        on child.ad_entity_key = grandchild.parent_key
),

nearest as (
    select
        descent.*,
        dense_rank() over (partition by descent.ad_entity_key order by descent.distance) as distance_rank
    from descent
)

select
    nearest.ad_entity_key,
    nearest.campaign_key,
    nearest.valid_from_on,
    max(coalesce(nearest.valid_to_on, date '9999-12-31')) as valid_to_on
from nearest
where nearest.distance_rank = 1
group by
    nearest.ad_entity_key,
    nearest.campaign_key,
    nearest.valid_from_on
