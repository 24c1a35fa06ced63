/* bench/sql/int_touch_credit.sql
grain: [order_id, i]
title: {en: Credit of a touch for an order, zh: 触点功劳}
materialize: {incremental: order_date}
inputs: {mart.int_order: order_date, mart.fct_touch: {column: touch_date, look_back: 31 days}}
dialect: duckdb
*/
with path as (
    select
        int_order.order_id,
        int_order.order_date,
        int_order.is_new,
        int_order.revenue_cents as r,
        int_order.margin_cents as m,
        fct_touch.touch_ts,
        fct_touch.session_id,
        coalesce(fct_touch.platform, '(none)') as platform,
        coalesce(fct_touch.campaign_id, '(none)') as campaign_id,
        cast(1048576 * coalesce(pow(0.5, datediff('minute', fct_touch.touch_ts, int_order.order_ts) / 10080.0), 1) as bigint) as w
    from mart.int_order
    left join (select * from mart.fct_touch where customer_id is not null) as fct_touch
        on fct_touch.customer_id = int_order.customer_id
        and fct_touch.touch_ts <= int_order.order_ts
        and fct_touch.touch_ts >= int_order.order_ts - interval 30 day
),

numbered as (
    select
        *,
        count(*) over everything as n,
        row_number() over so_far as i,
        sum(w) over so_far as cw,
        sum(w) over everything as tw
    from path
    window
        so_far as (partition by order_id order by touch_ts, session_id rows between unbounded preceding and current row),
        everything as (partition by order_id order by touch_ts, session_id rows between unbounded preceding and unbounded following)
)

select
    order_id,
    order_date,
    is_new,
    platform,
    campaign_id,
    i,
    n,
    case when i = 1 then r else 0 end as first_cents,
    case when i = n then r else 0 end as last_cents,
    (r * i) // n - (r * (i - 1)) // n as linear_cents,
    case
        when n = 1 then r
        when n = 2 then case when i = 1 then r // 2 else r - r // 2 end
        when i = 1 then r * 4 // 10
        when i = n then r - (r * 4 // 10 + (r * 2) // 10)
        else (r * 2 * (i - 1)) // (10 * (n - 2)) - (r * 2 * (i - 2)) // (10 * (n - 2))
    end as position_cents,
    case
        when n = 1 then m
        when n = 2 then case when i = 1 then m // 2 else m - m // 2 end
        when i = 1 then m * 4 // 10
        when i = n then m - (m * 4 // 10 + (m * 2) // 10)
        else (m * 2 * (i - 1)) // (10 * (n - 2)) - (m * 2 * (i - 2)) // (10 * (n - 2))
    end as position_margin_cents,
    case when i = n then r else cast(floor(r * (cw / tw)) as bigint) end
    - case when i = 1 then 0 else cast(floor(r * ((cw - w) / tw)) as bigint) end as decay_cents
from numbered
