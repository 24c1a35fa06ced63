/* bench/sql/fct_order_line.sql
grain: [order_id, line_no]
title: {en: Order line, zh: 订单明细}
materialize: {incremental: order_date}
inputs: {raw.bench__orders: created_at, mart.customer_version: {from: valid_from_date}}
dialect: duckdb
*/
with seen as (
    select
        id as order_id,
        try_cast(left(created_at, 19) as timestamp) as order_ts,
        updated_at,
        status,
        platform,
        buyer.id as customer_id,
        landing.utm_campaign as campaign_key,
        case when try_cast(total_amount as decimal(18, 2)) is not null then lines end as lines
    from raw.bench__orders
),

repeated as (
    select
        id as order_id,
        max(updated_at) as updated_at
    from raw.bench__orders
    where try_cast(total_amount as decimal(18, 2)) is not null
    group by id
    having count(*) > 1
),

version as (
    select
        customer_key,
        customer_id,
        tier,
        valid_from,
        coalesce(lead(valid_from) over (partition by customer_id order by valid_from), timestamp '9999-12-31') as valid_to
    from mart.customer_version
    where customer_id in (select buyer.id from raw.bench__orders)
),

-- A row that is not sound, or not the latest of its order, has no lines to take apart: as filters these conditions would
-- make the planner expect few orders and build the hash table on them instead of on the versions.
line as (
    select
        seen.order_id,
        seen.order_ts,
        seen.customer_id,
        version.customer_key,
        version.tier,
        seen.platform,
        seen.campaign_key,
        seen.status,
        unnest(case
            when seen.order_id is not null
                and seen.order_ts is not null
                and (repeated.order_id is null or seen.updated_at = repeated.updated_at)
                then seen.lines
        end) as l
    from seen
    left join repeated
        on seen.order_id = repeated.order_id
    left join version
        on seen.customer_id = version.customer_id
        and seen.order_ts >= version.valid_from
        and seen.order_ts < version.valid_to
),

typed as (
    select
        * exclude (l),
        l.line_no as line_no,
        l.sku as sku,
        cast(l.qty as int) as qty,
        cast(l.unit_price as decimal(18, 2)) as unit_price,
        cast(l.unit_cost as decimal(18, 2)) as unit_cost,
        cast(l.discount as decimal(18, 2)) as discount
    from line
)

select
    order_id,
    line_no,
    order_ts,
    cast(order_ts as date) as order_date,
    sku as product_key,
    customer_id,
    customer_key,
    tier,
    platform,
    campaign_key,
    status,
    qty,
    unit_price,
    discount,
    case when status in ('cancelled', 'refunded') then 0 else cast((qty * unit_price - discount) * 100 as bigint) end as revenue_cents,
    case when status in ('cancelled', 'refunded') then 0 else cast((qty * (unit_price - unit_cost) - discount) * 100 as bigint) end as margin_cents
from typed
