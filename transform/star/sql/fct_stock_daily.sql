/* transform/star/sql/fct_stock_daily.sql
grain: [stock_date, warehouse_key, product_key]
title: {en: Stock by day, zh: 每日库存}
description:
  en: The closing stock of each day - the last snapshot at or before the warehouse's midnight - with the moves that explain it. Opening (the last closing of the seven days before) plus moves less closing is unexplained_qty, shown and never forced to 0. Stock does not add over days.
  zh: 每日期末库存(仓库当地零点前最后一次快照)及解释其变化的流水;期初(前七日内最近一次期末)+ 流水 - 期末 = unexplained_qty,如实展示。库存不可跨日相加。
materialize: {incremental: stock_date, look_back: 7 days}
inputs:
  star.stock_snapshot: stock_date
  star.fct_stock_move: moved_date
audits:
  - {unique: [stock_date, warehouse_key, product_key]}
  - {not_null: [stock_date, warehouse_key, product_key, available_qty]}
  - sql: |
      select *
      from star.fct_stock_daily
      where opening_qty + moved_qty - closing_qty <> unexplained_qty
*/
with instant as (
    select
        stock_snapshot.stock_date,
        stock_snapshot.warehouse_key,
        stock_snapshot.product_key,
        stock_snapshot.as_of_at,
        sum(stock_snapshot.on_hand_sellable_qty) as on_hand_sellable_qty,
        sum(stock_snapshot.order_locked_qty) as order_locked_qty,
        sum(stock_snapshot.pick_locked_qty) as pick_locked_qty,
        sum(stock_snapshot.frozen_qty) as frozen_qty,
        sum(stock_snapshot.unsellable_expiry_qty) as unsellable_expiry_qty,
        sum(stock_snapshot.returns_bin_qty) as returns_bin_qty,
        sum(stock_snapshot.receiving_qty) as receiving_qty,
        sum(stock_snapshot.defective_qty) as defective_qty,
        sum(stock_snapshot.inbound_purchase_qty) as inbound_purchase_qty,
        sum(stock_snapshot.inbound_transfer_qty) as inbound_transfer_qty,
        sum(stock_snapshot.virtual_qty) as virtual_qty,
        sum(stock_snapshot.source_available_qty) as source_available_qty,
        sum(stock_snapshot.available_qty) as available_qty,
        row_number() over (
            partition by stock_snapshot.stock_date, stock_snapshot.warehouse_key, stock_snapshot.product_key
            order by stock_snapshot.as_of_at desc
        ) as newest
    from star.stock_snapshot
    group by
        stock_snapshot.stock_date,
        stock_snapshot.warehouse_key,
        stock_snapshot.product_key,
        stock_snapshot.as_of_at
),

move_after as (
    select
        instant.stock_date,
        instant.warehouse_key,
        instant.product_key,
        sum(fct_stock_move.quantity) as quantity
    from instant
    inner join star.fct_stock_move
        on instant.warehouse_key = fct_stock_move.warehouse_key
        and instant.product_key = fct_stock_move.product_key
        and instant.stock_date = fct_stock_move.moved_date
        and fct_stock_move.moved_at > instant.as_of_at
    where instant.newest = 1
    group by
        instant.stock_date,
        instant.warehouse_key,
        instant.product_key
),

closing as (
    select
        instant.*,
        instant.on_hand_sellable_qty + coalesce(move_after.quantity, 0) as closing_qty,
        lag(instant.stock_date) over (partition by instant.warehouse_key, instant.product_key order by instant.stock_date) as date_before,
        lag(instant.on_hand_sellable_qty + coalesce(move_after.quantity, 0)) over (
            partition by instant.warehouse_key, instant.product_key
            order by instant.stock_date
        ) as closing_before_qty
    from instant
    left join move_after
        on instant.stock_date = move_after.stock_date
        and instant.warehouse_key = move_after.warehouse_key
        and instant.product_key = move_after.product_key
    where instant.newest = 1
),

opened as (
    select
        closing.*,
        case when closing.date_before >= cast(closing.stock_date - interval '7' day as date) then closing.date_before end as opening_date,
        case when closing.date_before >= cast(closing.stock_date - interval '7' day as date) then closing.closing_before_qty end as opening_qty
    from closing
),

move_between as (
    select
        opened.stock_date,
        opened.warehouse_key,
        opened.product_key,
        sum(fct_stock_move.quantity) as quantity
    from opened
    inner join star.fct_stock_move
        on opened.warehouse_key = fct_stock_move.warehouse_key
        and opened.product_key = fct_stock_move.product_key
        and fct_stock_move.moved_date > opened.opening_date
        and fct_stock_move.moved_date <= opened.stock_date
    group by
        opened.stock_date,
        opened.warehouse_key,
        opened.product_key
)

select
    opened.stock_date,
    opened.warehouse_key,
    opened.product_key,
    opened.as_of_at,
    cast(opened.on_hand_sellable_qty as decimal(18, 4)) as on_hand_sellable_qty,
    cast(opened.order_locked_qty as decimal(18, 4)) as order_locked_qty,
    cast(opened.pick_locked_qty as decimal(18, 4)) as pick_locked_qty,
    cast(opened.frozen_qty as decimal(18, 4)) as frozen_qty,
    cast(opened.unsellable_expiry_qty as decimal(18, 4)) as unsellable_expiry_qty,
    cast(opened.available_qty as decimal(18, 4)) as available_qty,
    cast(opened.source_available_qty as decimal(18, 4)) as source_available_qty,
    cast(opened.returns_bin_qty as decimal(18, 4)) as returns_bin_qty,
    cast(opened.receiving_qty as decimal(18, 4)) as receiving_qty,
    cast(opened.defective_qty as decimal(18, 4)) as defective_qty,
    cast(opened.inbound_purchase_qty as decimal(18, 4)) as inbound_purchase_qty,
    cast(opened.inbound_transfer_qty as decimal(18, 4)) as inbound_transfer_qty,
    cast(opened.virtual_qty as decimal(18, 4)) as virtual_qty,
    opened.opening_date,
    cast(opened.opening_qty as decimal(18, 4)) as opening_qty,
    cast(case when opened.opening_qty is not null then coalesce(move_between.quantity, 0) end as decimal(18, 4)) as moved_qty,
    cast(opened.closing_qty as decimal(18, 4)) as closing_qty,
    cast(opened.opening_qty + coalesce(move_between.quantity, 0) - opened.closing_qty as decimal(18, 4)) as unexplained_qty
from opened
left join move_between
    on opened.stock_date = move_between.stock_date
    and opened.warehouse_key = move_between.warehouse_key
    and opened.product_key = move_between.product_key
