/* transform/star/sql/fct_stock_move.sql
grain: [stock_move_key]
title: {en: Stock move, zh: 出入库流水}
description:
  en: One signed movement of one SKU in one warehouse, on the warehouse's local day. Moves explain the level; the snapshot is its record.
  zh: 某仓某 SKU 的一次带符号出入库,按仓库当地日期;流水解释库存变化,快照为准。
materialize: {keys: stock_move_key, partition_by: moved_date}
audits:
  - {unique: [stock_move_key]}
  - {not_null: [stock_move_key, warehouse_key, product_key, quantity, moved_date]}
  - sql: |
      select transfer_id, product_key
      from star.fct_stock_move
      where kind = 'transfer' and transfer_id is not null
      group by transfer_id, product_key
      having sum(quantity) > 0
*/
select
    stock_move.stock_move_key,
    stock_move.warehouse_key,
    stock_move.product_key,
    coalesce(stock_move.order_key, -1) as order_key,
    stock_move.move_id,
    stock_move.kind,
    stock_move.transfer_id,
    stock_move.quantity,
    stock_move.moved_at,
    cast(at_timezone(stock_move.moved_at, coalesce(dim_warehouse.zone, project.timezone)) as date) as moved_date
from entity.stock_move
cross join ops.project
left join star.dim_warehouse
    on stock_move.warehouse_key = dim_warehouse.warehouse_key
