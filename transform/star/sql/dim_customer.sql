/* transform/star/sql/dim_customer.sql
grain: [customer_version_key]
title: {en: Customer, zh: 客户}
description:
  en: The versions of each customer of an id space, in the order of the source's own time whatever the order of arrival. Facts carry customer_key; join the version valid at the fact's time, or is_current. Only what can change is compared, so a repeated row makes no version. A buyer whom facts name and no source describes yet is an inferred member. -1 is the unknown buyer and no customer.
  zh: 各身份域客户的历史版本(SCD2),按来源时间排序,与到达先后无关。事实表使用 customer_key,按时点或 is_current 关联;内容未变不产生新版本;事实表已出现而尚无资料的买家为推断成员(is_inferred);-1 为未知买家,不是客户。
materialize: {keys: customer_key}
audits:
  - {unique: [customer_version_key]}
  - {not_null: [customer_key, is_current, is_inferred]}
  - sql: select customer_key from star.dim_customer group by customer_key having sum(case when is_current then 1 else 0 end) <> 1
*/
with version as (
    select
        customer__history.customer_key,
        customer__history.id_space,
        customer__history.member_id,
        customer__history.member_level,
        customer__history.province,
        customer__history.city,
        customer__history.first_seen_at,
        customer__history.updated_at,
        coalesce(customer__history.member_id, '') || chr(31)
        || coalesce(customer__history.member_level, '') || chr(31)
        || coalesce(customer__history.province, '') || chr(31)
        || coalesce(customer__history.city, '') as content
    from entity.customer__history
),

compared as (
    select
        version.*,
        lag(version.content) over (partition by version.customer_key order by version.updated_at) as content_before
    from version
),

changed as (
    select
        compared.*,
        lead(compared.updated_at) over (partition by compared.customer_key order by compared.updated_at) as next_updated_at,
        row_number() over (partition by compared.customer_key order by compared.updated_at) as version_number
    from compared
    where compared.content_before is null
        or compared.content <> compared.content_before
),

used as (
    select orders.customer_key, orders.id_space from entity.order as orders
    union
    select touch.customer_key, touch.id_space from entity.touch
)

select
    key63(cast(changed.customer_key as varchar) || chr(31) || cast(changed.version_number as varchar)) as customer_version_key,
    changed.customer_key,
    changed.version_number,
    changed.id_space,
    changed.member_id,
    changed.member_level,
    changed.province,
    changed.city,
    changed.first_seen_at,
    false as is_inferred,
    case when changed.version_number = 1 then timestamp '1970-01-01 00:00:00' at time zone 'UTC' else changed.updated_at end as valid_from_at,
    changed.next_updated_at as valid_to_at,
    changed.next_updated_at is null as is_current
from changed

union all

select
    key63(cast(used.customer_key as varchar) || chr(31) || '1') as customer_version_key,
    used.customer_key,
    cast(1 as bigint) as version_number,
    used.id_space,
    cast(null as varchar) as member_id,
    cast(null as varchar) as member_level,
    cast(null as varchar) as province,
    cast(null as varchar) as city,
    cast(null as timestamp with time zone) as first_seen_at,
    true as is_inferred,
    timestamp '1970-01-01 00:00:00' at time zone 'UTC' as valid_from_at,
    cast(null as timestamp with time zone) as valid_to_at,
    true as is_current
from used
left join changed
    on used.customer_key = changed.customer_key
where used.customer_key is not null
    and changed.customer_key is null

union all

select
    cast(-1 as bigint) as customer_version_key,
    cast(-1 as bigint) as customer_key,
    cast(1 as bigint) as version_number,
    cast(null as varchar) as id_space,
    cast(null as varchar) as member_id,
    cast(null as varchar) as member_level,
    cast(null as varchar) as province,
    cast(null as varchar) as city,
    cast(null as timestamp with time zone) as first_seen_at,
    false as is_inferred,
    timestamp '1970-01-01 00:00:00' at time zone 'UTC' as valid_from_at,
    cast(null as timestamp with time zone) as valid_to_at,
    true as is_current
