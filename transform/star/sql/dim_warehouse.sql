/* transform/star/sql/dim_warehouse.sql
grain: [warehouse_key]
title: {en: Warehouse, zh: 仓库}
description:
  en: One row per place or book that holds stock. A code that facts use but no system describes is an inferred member, taken for a warehouse of our own; -1 is the unknown member. is_sellable_kind says whether its stock can be sold at all.
  zh: 每个存放库存的地点或账面一行;事实表已使用而尚无资料的编码为推断成员(is_inferred),按自有仓处理;-1 为未知成员;is_sellable_kind 表示其库存是否可售。
materialize: table
audits:
  - {unique: [warehouse_key]}
*/
with project as (
    select project.timezone
    from ops.project
),

used as (
    select warehouse_key, warehouse_code from entity.stock_level
    union
    select warehouse_key, warehouse_code from entity.stock_move
    union
    select warehouse_key, warehouse_code from entity.fulfilment_order
    union
    select warehouse_key, warehouse_code from entity.shipment
    union
    select warehouse_key, warehouse_code from entity.purchase_order
)

select
    warehouse.warehouse_key,
    warehouse.warehouse_code,
    warehouse.title,
    warehouse.kind,
    coalesce(warehouse.zone, project.timezone) as zone,
    warehouse.kind in ('own', '3pl', 'platform', 'fba', 'consignment') as is_sellable_kind,
    false as is_inferred
from entity.warehouse
cross join project

union all

select
    used.warehouse_key,
    used.warehouse_code,
    used.warehouse_code as title,
    'own' as kind,
    project.timezone as zone,
    true as is_sellable_kind,
    true as is_inferred
from used
cross join project
left join entity.warehouse
    on used.warehouse_key = warehouse.warehouse_key
where warehouse.warehouse_key is null
    and used.warehouse_key is not null

union all

select
    cast(-1 as bigint) as warehouse_key,
    cast(null as varchar) as warehouse_code,
    '(unknown)' as title,
    'own' as kind,
    project.timezone as zone,
    false as is_sellable_kind,
    false as is_inferred
from project
