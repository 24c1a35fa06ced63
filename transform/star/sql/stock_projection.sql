/* transform/star/sql/stock_projection.sql
grain: [plan_date, warehouse_key, product_key, segment_number]
title: {en: Stock projected over the day, zh: 次日24小时库存推演}
description:
  en: The 24 hours after the midnight that closes each day's stock, cut where goods are expected to arrive. Demand runs evenly by the hour at the average of the days before; what cannot be served is lost, not kept. A segment is out of stock at its end, from out_from_at to out_to_at. A negative available is made good by arrivals first.
  zh: 每日期末(仓库当地零点)后 24 小时的推演,以预计到货时刻分段;需求按前期日均逐小时均匀消耗,缺货需求视为流失;每段末尾缺货区间为 out_from_at 至 out_to_at;负可用先由到货补足。
materialize: {incremental: plan_date, look_back: 60 days}
inputs:
  star.fct_stock_daily: stock_date
  star.product_demand_daily: demand_date
  star.fct_purchase: all
audits:
  - {unique: [plan_date, warehouse_key, product_key, segment_number]}
  - sql: select * from star.stock_projection where out_hours < 0 or short_qty < 0
*/
with level as (
    select
        cast(fct_stock_daily.stock_date + interval '1' day as date) as plan_date,
        fct_stock_daily.warehouse_key,
        fct_stock_daily.product_key,
        fct_stock_daily.as_of_at,
        fct_stock_daily.closes_at as start_at,
        fct_stock_daily.closes_at + interval '24' hour as horizon_at,
        cast(fct_stock_daily.available_qty as double) as available_qty
    from star.fct_stock_daily
    inner join star.dim_warehouse
        on fct_stock_daily.warehouse_key = dim_warehouse.warehouse_key
        and dim_warehouse.is_sellable_kind
),

demand_window as (
    select case when project.demand_window_days > 59 then 59 else project.demand_window_days end as day_count
    from ops.project
),

-- A shop's demand falls on its warehouses by what each has (star.shop_stock_daily).
expected as (
    select
        shop_stock_daily.plan_date,
        shop_stock_daily.warehouse_key,
        shop_stock_daily.product_key,
        sum(cast(round(
            cast(product_demand_daily.demand_units as double) * shop_stock_daily.part_of_shop
            / nullif(cast(demand_window.day_count as double), 0), 8
        ) as decimal(18, 8))) as daily_demand
    from star.shop_stock_daily
    cross join demand_window
    inner join star.product_demand_daily
        on shop_stock_daily.shop_key = product_demand_daily.shop_key
        and shop_stock_daily.product_key = product_demand_daily.product_key
        and product_demand_daily.demand_date < shop_stock_daily.plan_date
        and product_demand_daily.demand_date >= cast(shop_stock_daily.plan_date - interval '1' day * demand_window.day_count as date)
    group by
        shop_stock_daily.plan_date,
        shop_stock_daily.warehouse_key,
        shop_stock_daily.product_key
),

arrival as (
    select
        level.plan_date,
        level.warehouse_key,
        level.product_key,
        fct_purchase.expected_at as arrival_at,
        cast(sum(
            case
                when fct_purchase.first_received_at is null or fct_purchase.first_received_at > level.as_of_at then fct_purchase.quantity
                else fct_purchase.open_quantity
            end
        ) as double) as quantity
    from level
    inner join star.fct_purchase
        on level.warehouse_key = fct_purchase.warehouse_key
        and level.product_key = fct_purchase.product_key
        and fct_purchase.expected_at >= level.start_at
        and fct_purchase.expected_at < level.horizon_at
        and coalesce(fct_purchase.status, '') not in ('cancelled', 'canceled')
    group by
        level.plan_date,
        level.warehouse_key,
        level.product_key,
        fct_purchase.expected_at
),

boundary as (
    select plan_date, warehouse_key, product_key, start_at, 0.0 as arriving_qty
    from level
    union all
    select plan_date, warehouse_key, product_key, arrival_at as start_at, quantity as arriving_qty
    from arrival
),

start_of_segment as (
    select
        boundary.plan_date,
        boundary.warehouse_key,
        boundary.product_key,
        boundary.start_at,
        sum(boundary.arriving_qty) as arriving_qty
    from boundary
    group by
        boundary.plan_date,
        boundary.warehouse_key,
        boundary.product_key,
        boundary.start_at
),

segment as (
    select
        start_of_segment.*,
        level.start_at as plan_start_at,
        level.available_qty,
        coalesce(cast(expected.daily_demand as double), 0) as daily_demand,
        row_number() over history as segment_number,
        coalesce(lead(start_of_segment.start_at) over history, level.horizon_at) as end_at,
        sum(start_of_segment.arriving_qty) over (
            partition by start_of_segment.plan_date, start_of_segment.warehouse_key, start_of_segment.product_key
            order by start_of_segment.start_at
            rows between unbounded preceding and current row
        ) as arrived_qty
    from start_of_segment
    inner join level
        on start_of_segment.plan_date = level.plan_date
        and start_of_segment.warehouse_key = level.warehouse_key
        and start_of_segment.product_key = level.product_key
    left join expected
        on start_of_segment.plan_date = expected.plan_date
        and start_of_segment.warehouse_key = expected.warehouse_key
        and start_of_segment.product_key = expected.product_key
    window history as (
        partition by start_of_segment.plan_date, start_of_segment.warehouse_key, start_of_segment.product_key
        order by start_of_segment.start_at
    )
),

-- What has been asked for by the end of the segment, and all the goods that had come by then.
asked as (
    select
        segment.*,
        segment.daily_demand * date_diff('second', segment.plan_start_at, segment.end_at) / nullif(cast(86400 as double), 0) as asked_qty,
        case when segment.available_qty + segment.arrived_qty > 0 then segment.available_qty + segment.arrived_qty else 0 end as carried_qty
    from segment
),

-- The running maximum of what goes beyond is what has been lost so far.
lost as (
    select
        asked.*,
        max(case when asked.asked_qty > asked.carried_qty then asked.asked_qty - asked.carried_qty else 0 end) over (
            partition by asked.plan_date, asked.warehouse_key, asked.product_key
            order by asked.segment_number
            rows between unbounded preceding and current row
        ) as lost_qty
    from asked
),

short as (
    select
        lost.*,
        lost.lost_qty - coalesce(lag(lost.lost_qty) over (partition by lost.plan_date, lost.warehouse_key, lost.product_key order by lost.segment_number), 0) as short_qty
    from lost
)

select
    short.plan_date,
    short.warehouse_key,
    short.product_key,
    short.segment_number,
    short.start_at,
    short.end_at,
    short.arriving_qty,
    short.daily_demand,
    round(short.short_qty, 6) as short_qty,
    case when short.short_qty > 0 then round(cast(short.short_qty * 24 as double) / nullif(short.daily_demand, 0), 6) else 0 end as out_hours,
    case when short.short_qty > 0 then short.end_at - interval '1' second * cast(round(cast(short.short_qty * 86400 as double) / nullif(short.daily_demand, 0)) as bigint) end as out_from_at,
    case when short.short_qty > 0 then short.end_at end as out_to_at
from short
