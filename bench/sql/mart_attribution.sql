/* bench/sql/mart_attribution.sql
grain: [day, platform, campaign_id]
title: {en: Attribution by day, zh: 每日归因}
materialize: {incremental: day}
inputs: {mart.int_touch_credit: order_date, mart.fct_touch: touch_date}
dialect: duckdb
*/
with visit as (
    select
        touch_date as day,
        platform,
        campaign_id,
        count(*) as sessions,
        count(*) filter (where pageviews >= 3) as engaged,
        count(*) filter (where added_to_cart) as carts,
        count(*) filter (where checkout) as checkouts
    from mart.fct_touch
    group by
        touch_date,
        platform,
        campaign_id
),

credit as (
    select
        order_date as day,
        platform,
        campaign_id,
        count(*) filter (where i = n) as orders,
        cast(sum(first_cents) as bigint) as first_cents,
        cast(sum(last_cents) as bigint) as last_cents,
        cast(sum(linear_cents) as bigint) as linear_cents,
        cast(sum(position_cents) as bigint) as position_cents,
        cast(sum(decay_cents) as bigint) as decay_cents
    from mart.int_touch_credit
    group by
        order_date,
        platform,
        campaign_id
)

select
    coalesce(visit.day, credit.day) as day,
    coalesce(visit.platform, credit.platform) as platform,
    coalesce(visit.campaign_id, credit.campaign_id) as campaign_id,
    coalesce(sessions, 0) as sessions,
    coalesce(engaged, 0) as engaged,
    coalesce(carts, 0) as carts,
    coalesce(checkouts, 0) as checkouts,
    coalesce(orders, 0) as orders,
    coalesce(first_cents, 0) as first_cents,
    coalesce(last_cents, 0) as last_cents,
    coalesce(linear_cents, 0) as linear_cents,
    coalesce(position_cents, 0) as position_cents,
    coalesce(decay_cents, 0) as decay_cents
from visit
full outer join credit
    on credit.day = visit.day
    and credit.platform = visit.platform
    and credit.campaign_id = visit.campaign_id
