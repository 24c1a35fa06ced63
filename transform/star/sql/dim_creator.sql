/* transform/star/sql/dim_creator.sql
grain: [creator_key]
title: {en: Creator, zh: 达人}
description:
  en: One row per anchor, influencer or KOL account on one platform, and the unknown member -1.
  zh: 每个平台上的主播、达人或 KOL 账号一行,另有未知成员 -1。
materialize: table
audits:
  - {unique: [creator_key]}
*/
select
    creator.creator_key,
    creator.creator_id,
    creator.platform,
    creator.author_id,
    creator.title,
    creator.is_own,
    creator.agency,
    creator.tier
from entity.creator

union all

select
    cast(-1 as bigint) as creator_key,
    cast(null as varchar) as creator_id,
    '(unknown)' as platform,
    cast(null as varchar) as author_id,
    '(unknown)' as title,
    false as is_own,
    cast(null as varchar) as agency,
    cast(null as varchar) as tier
