/* transform/star/sql/fct_stock_daily.sql
grain: [stock_date, warehouse_key, product_key]
title: {en: Stock by day, zh: 每日库存}
description:
  en: The closing stock of each day of each SKU that a warehouse was ever told to keep - the last snapshot at or before the warehouse's midnight, carried on until the next one (is_carried, snapshot_age_days) - with the moves of the day. Opening (the day before's closing) plus moves less closing is unexplained_qty, shown and never forced to 0. The level columns are the snapshot's own; closing_qty is rolled by the moves since. Stock does not add over days.
  zh: 各仓各 SKU 每日期末库存(仓库当地零点前最后一次快照,无新快照时结转至下一次,见 is_carried 与 snapshot_age_days)及当日流水;期初(前一日期末)+ 流水 - 期末 = unexplained_qty,如实展示。各库存列为快照原值,closing_qty 已计入其后流水。库存不可跨日相加。
materialize: {incremental: stock_date}
inputs:
  star.stock_closing: {from: stock_date}
  star.fct_stock_move: {from: moved_date}
  star.stock_calendar: calendar_date
audits:
  - {unique: [stock_date, warehouse_key, product_key]}
  - {not_null: [stock_date, warehouse_key, product_key, closes_at, available_qty]}
  - sql: |
      select *
      from star.fct_stock_daily
      where opening_qty + moved_qty - closing_qty <> unexplained_qty
  - sql: |
      select warehouse_key, product_key
      from star.fct_stock_daily
      cross join (select max(calendar_date) as last_date from star.stock_calendar) as book
      group by warehouse_key, product_key, book.last_date
      having max(stock_date) < book.last_date
*/
with span as (
    select
        stock_closing.warehouse_key,
        stock_closing.product_key,
        stock_closing.stock_date as snapshot_date,
        lead(stock_closing.stock_date) over history as next_date,
        lag(stock_closing.stock_date) over history as date_before,
        lag(stock_closing.closing_qty) over history as closing_before_qty
    from star.stock_closing
    window history as (partition by stock_closing.warehouse_key, stock_closing.product_key order by stock_closing.stock_date)
),

-- The snapshot's own day, and the days on which nothing newer is told; base_date is the day whose closing they go on from.
day as (
    select
        span.snapshot_date as stock_date,
        span.warehouse_key,
        span.product_key,
        span.snapshot_date,
        span.date_before as base_date,
        span.closing_before_qty as base_qty
    from span

    union all

    select
        stock_calendar.calendar_date as stock_date,
        span.warehouse_key,
        span.product_key,
        span.snapshot_date,
        span.snapshot_date as base_date,
        cast(null as decimal(18, 4)) as base_qty
    from star.stock_calendar
    inner join span
        on stock_calendar.calendar_date > span.snapshot_date
        and (span.next_date is null or stock_calendar.calendar_date < span.next_date)
),

moved as (
    select
        day.stock_date,
        day.warehouse_key,
        day.product_key,
        sum(case when fct_stock_move.moved_date < day.stock_date then fct_stock_move.quantity else 0 end) as before_qty,
        sum(case when fct_stock_move.moved_date = day.stock_date then fct_stock_move.quantity else 0 end) as day_qty
    from day
    inner join star.fct_stock_move
        on day.warehouse_key = fct_stock_move.warehouse_key
        and day.product_key = fct_stock_move.product_key
        and fct_stock_move.moved_date > day.base_date
        and fct_stock_move.moved_date <= day.stock_date
    group by
        day.stock_date,
        day.warehouse_key,
        day.product_key
),

rolled as (
    select
        day.stock_date,
        day.snapshot_date,
        day.warehouse_key,
        day.product_key,
        stock_closing.as_of_at,
        stock_closing.on_hand_sellable_qty,
        stock_closing.order_locked_qty,
        stock_closing.pick_locked_qty,
        stock_closing.frozen_qty,
        stock_closing.unsellable_expiry_qty,
        stock_closing.available_qty,
        stock_closing.source_available_qty,
        stock_closing.returns_bin_qty,
        stock_closing.receiving_qty,
        stock_closing.defective_qty,
        stock_closing.inbound_purchase_qty,
        stock_closing.inbound_transfer_qty,
        stock_closing.virtual_qty,
        cast(day.stock_date + interval '1' day as timestamp) as midnight,
        coalesce(dim_warehouse.zone, project.timezone) as zone,
        case when day.stock_date = day.snapshot_date then day.base_qty else stock_closing.closing_qty end + coalesce(moved.before_qty, 0) as opening_qty,
        coalesce(moved.day_qty, 0) as day_qty,
        case
            when day.stock_date = day.snapshot_date then stock_closing.closing_qty
            else stock_closing.closing_qty + coalesce(moved.before_qty, 0) + coalesce(moved.day_qty, 0)
        end as rolled_qty
    from day
    cross join ops.project
    inner join star.stock_closing
        on day.snapshot_date = stock_closing.stock_date
        and day.warehouse_key = stock_closing.warehouse_key
        and day.product_key = stock_closing.product_key
    left join moved
        on day.stock_date = moved.stock_date
        and day.warehouse_key = moved.warehouse_key
        and day.product_key = moved.product_key
    left join star.dim_warehouse
        on day.warehouse_key = dim_warehouse.warehouse_key
)

select
    rolled.stock_date,
    rolled.warehouse_key,
    rolled.product_key,
    rolled.as_of_at,
    cast(date_diff('day', rolled.snapshot_date, rolled.stock_date) as bigint) as snapshot_age_days,
    rolled.snapshot_date < rolled.stock_date as is_carried,
    -- The midnight that ends the day: the wall clock read as UTC, moved back by the zone's offset at that wall clock.
    rolled.midnight at time zone 'UTC' - interval '1' minute * date_diff(
        'minute',
        rolled.midnight,
        cast(at_timezone(rolled.midnight at time zone 'UTC', rolled.zone) as timestamp)
    ) as closes_at,
    rolled.on_hand_sellable_qty,
    rolled.order_locked_qty,
    rolled.pick_locked_qty,
    rolled.frozen_qty,
    rolled.unsellable_expiry_qty,
    rolled.available_qty,
    rolled.source_available_qty,
    rolled.returns_bin_qty,
    rolled.receiving_qty,
    rolled.defective_qty,
    rolled.inbound_purchase_qty,
    rolled.inbound_transfer_qty,
    rolled.virtual_qty,
    case when rolled.opening_qty is not null then cast(rolled.stock_date - interval '1' day as date) end as opening_date,
    cast(rolled.opening_qty as decimal(18, 4)) as opening_qty,
    cast(case when rolled.opening_qty is not null then rolled.day_qty end as decimal(18, 4)) as moved_qty,
    cast(rolled.rolled_qty as decimal(18, 4)) as closing_qty,
    cast(rolled.opening_qty + rolled.day_qty - rolled.rolled_qty as decimal(18, 4)) as unexplained_qty
from rolled
