/* transform/star/sql/dim_creator.sql
grain: [creator_key]
title: {en: Creator, zh: 达人}
description:
  en: One row per anchor, influencer or KOL account on one platform. An id that sessions or costs name and no source describes is an inferred member; -1 is the unknown member.
  zh: 每个平台上的主播、达人或 KOL 账号一行;场次或费用已引用而尚无资料的编号为推断成员(is_inferred);-1 为未知成员。
materialize: table
audits:
  - {unique: [creator_key]}
  - {not_null: [creator_key, is_inferred]}
*/
with used as (
    select creator_key, creator_id from entity.live_session
    union
    select creator_key, creator_id from entity.marketing_cost
)

select
    creator.creator_key,
    creator.creator_id,
    creator.platform,
    creator.author_id,
    creator.title,
    creator.is_own,
    creator.agency,
    creator.tier,
    false as is_inferred
from entity.creator

union all

select
    used.creator_key,
    used.creator_id,
    '(unknown)' as platform,
    cast(null as varchar) as author_id,
    used.creator_id as title,
    cast(null as boolean) as is_own,
    cast(null as varchar) as agency,
    cast(null as varchar) as tier,
    true as is_inferred
from used
left join entity.creator
    on used.creator_key = creator.creator_key
where creator.creator_key is null
    and used.creator_key is not null

union all

select
    cast(-1 as bigint) as creator_key,
    cast(null as varchar) as creator_id,
    '(unknown)' as platform,
    cast(null as varchar) as author_id,
    '(unknown)' as title,
    false as is_own,
    cast(null as varchar) as agency,
    cast(null as varchar) as tier,
    false as is_inferred
