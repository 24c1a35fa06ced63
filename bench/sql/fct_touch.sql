/* bench/sql/fct_touch.sql
grain: [session_id]
title: {en: Visit, zh: 访问}
materialize: {append: raw.bench__sessions}
dialect: duckdb
*/
with session as (
    select
        *,
        try_cast(left(started_at, 19) as timestamp) as touch_ts
    from raw.bench__sessions
)

select
    session.session_id,
    session.customer_id,
    session.touch_ts,
    cast(session.touch_ts as date) as touch_date,
    coalesce(session.utm_source, '(direct)') as platform,
    coalesce(session.utm_campaign, '(direct)') as campaign_id,
    dim_campaign.objective,
    session.utm_medium,
    session.device,
    cast(session.pageviews as int) as pageviews,
    session.added_to_cart,
    session.checkout
from session
left join mart.dim_campaign
    on session.utm_campaign = dim_campaign.campaign_key
where session.touch_ts is not null
