/* transform/star/sql/stock_closing.sql
grain: [stock_date, warehouse_key, product_key]
title: {en: Stock told at the end of a day, zh: 当日所报期末库存}
description:
  en: The last snapshot at or before the warehouse's midnight, batches together, for the days that have one; closing_qty is what was sellable rolled by the moves after it. star.fct_stock_daily carries it to the days that have none.
  zh: 有快照之日的最后一次快照(仓库当地零点前,批次合并);closing_qty 为良品数加其后流水。无快照之日由 star.fct_stock_daily 结转。
materialize: {incremental: stock_date}
inputs:
  star.stock_snapshot: stock_date
  star.fct_stock_move: moved_date
audits:
  - {unique: [stock_date, warehouse_key, product_key]}
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
    where not stock_snapshot.is_ahead
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
)

select
    instant.stock_date,
    instant.warehouse_key,
    instant.product_key,
    instant.as_of_at,
    cast(instant.on_hand_sellable_qty as decimal(18, 4)) as on_hand_sellable_qty,
    cast(instant.order_locked_qty as decimal(18, 4)) as order_locked_qty,
    cast(instant.pick_locked_qty as decimal(18, 4)) as pick_locked_qty,
    cast(instant.frozen_qty as decimal(18, 4)) as frozen_qty,
    cast(instant.unsellable_expiry_qty as decimal(18, 4)) as unsellable_expiry_qty,
    cast(instant.available_qty as decimal(18, 4)) as available_qty,
    cast(instant.source_available_qty as decimal(18, 4)) as source_available_qty,
    cast(instant.returns_bin_qty as decimal(18, 4)) as returns_bin_qty,
    cast(instant.receiving_qty as decimal(18, 4)) as receiving_qty,
    cast(instant.defective_qty as decimal(18, 4)) as defective_qty,
    cast(instant.inbound_purchase_qty as decimal(18, 4)) as inbound_purchase_qty,
    cast(instant.inbound_transfer_qty as decimal(18, 4)) as inbound_transfer_qty,
    cast(instant.virtual_qty as decimal(18, 4)) as virtual_qty,
    cast(instant.on_hand_sellable_qty + coalesce(move_after.quantity, 0) as decimal(18, 4)) as closing_qty
from instant
left join move_after
    on instant.stock_date = move_after.stock_date
    and instant.warehouse_key = move_after.warehouse_key
    and instant.product_key = move_after.product_key
where instant.newest = 1
