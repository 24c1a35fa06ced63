/* bench/sql/customer_version.sql
grain: [customer_id, valid_from]
title: {en: Customer tier from a moment on, zh: 会员等级起始}
materialize: {keys: customer_id}
dialect: duckdb
*/
with seen as (
    select
        customer_id,
        nickname,
        tier,
        province,
        city,
        cast(left(updated_at, 19) as timestamp) as valid_from,
        lag(tier) over (partition by customer_id order by updated_at) as tier_before
    from raw.bench__customers
)

select
    customer_id || '-' || cast(row_number() over (partition by customer_id order by valid_from) as varchar) as customer_key,
    customer_id,
    nickname,
    tier,
    province,
    city,
    valid_from,
    cast(valid_from as date) as valid_from_date
from seen
where tier_before is null
    or tier_before <> tier
