/* transform/star/sql/dim_ad_entity.sql
grain: [ad_entity_version_key]
title: {en: Ad node, zh: 投放对象}
description:
  en: The versions of each node of the platforms' ad trees, in the order of the source's own time. A deleted node keeps its spend and the name of its last version; a node that only reports or touches name is inferred. -1 is the unknown member.
  zh: 各平台投放树节点的历史版本(SCD2);已删除节点保留消耗与末版名称,仅出现在报表或触点中的节点为推断成员;-1 为未知成员。
materialize: table
audits:
  - {unique: [ad_entity_version_key]}
  - sql: select ad_entity_key from star.dim_ad_entity group by ad_entity_key having sum(case when is_current then 1 else 0 end) <> 1
*/
with version as (
    select
        ad_entity__history.ad_entity_key,
        ad_entity__history.parent_key,
        ad_entity__history.platform,
        ad_entity__history.account_id,
        ad_entity__history.level,
        ad_entity__history.ad_entity_id,
        ad_entity__history.title,
        ad_entity__history.status,
        ad_entity__history.objective,
        ad_entity__history.updated_at,
        coalesce(cast(ad_entity__history.parent_key as varchar), '') || chr(31)
        || coalesce(ad_entity__history.title, '') || chr(31)
        || coalesce(ad_entity__history.status, '') || chr(31)
        || coalesce(ad_entity__history.objective, '') as content
    from entity.ad_entity__history
),

compared as (
    select
        version.*,
        lag(version.content) over (partition by version.ad_entity_key order by version.updated_at) as content_before
    from version
),

changed as (
    select
        compared.*,
        lead(compared.updated_at) over (partition by compared.ad_entity_key order by compared.updated_at) as next_updated_at,
        row_number() over (partition by compared.ad_entity_key order by compared.updated_at) as version_number
    from compared
    where compared.content_before is null
        or compared.content <> compared.content_before
),

reported as (
    select ad_entity_key, platform, account_id, level, ad_entity_id from entity.ad_spend
    union
    select ad_entity_key, platform, account_id, level, ad_entity_id from entity.ad_claim
    union
    select ad_entity_key, platform, ad_account_id as account_id, ad_level as level, ad_entity_id from entity.touch
)

select
    key63(cast(changed.ad_entity_key as varchar) || chr(31) || cast(changed.version_number as varchar)) as ad_entity_version_key,
    changed.ad_entity_key,
    coalesce(changed.parent_key, -1) as parent_key,
    changed.version_number,
    changed.platform,
    changed.account_id,
    changed.level,
    changed.ad_entity_id,
    changed.title,
    changed.status,
    changed.objective,
    false as is_inferred,
    case when changed.version_number = 1 then timestamp '1970-01-01 00:00:00' at time zone 'UTC' else changed.updated_at end as valid_from_at,
    changed.next_updated_at as valid_to_at,
    changed.next_updated_at is null as is_current
from changed

union all

select
    key63(cast(reported.ad_entity_key as varchar) || chr(31) || '1') as ad_entity_version_key,
    reported.ad_entity_key,
    cast(-1 as bigint) as parent_key,
    cast(1 as bigint) as version_number,
    reported.platform,
    reported.account_id,
    reported.level,
    reported.ad_entity_id,
    reported.ad_entity_id as title,
    cast(null as varchar) as status,
    cast(null as varchar) as objective,
    true as is_inferred,
    timestamp '1970-01-01 00:00:00' at time zone 'UTC' as valid_from_at,
    cast(null as timestamp with time zone) as valid_to_at,
    true as is_current
from reported
left join version
    on reported.ad_entity_key = version.ad_entity_key
where version.ad_entity_key is null
    and reported.ad_entity_key is not null

union all

select
    cast(-1 as bigint) as ad_entity_version_key,
    cast(-1 as bigint) as ad_entity_key,
    cast(-1 as bigint) as parent_key,
    cast(1 as bigint) as version_number,
    '(unknown)' as platform,
    cast(null as varchar) as account_id,
    cast(null as varchar) as level,
    cast(null as varchar) as ad_entity_id,
    '(unknown)' as title,
    cast(null as varchar) as status,
    cast(null as varchar) as objective,
    false as is_inferred,
    timestamp '1970-01-01 00:00:00' at time zone 'UTC' as valid_from_at,
    cast(null as timestamp with time zone) as valid_to_at,
    true as is_current
