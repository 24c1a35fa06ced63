/* transform/star/sql/stock_out_edge.sql
grain: [product_key, shop_key, edge_at]
title: {en: Start or end of a stock-out, zh: 缺货起止}
description:
  en: The instants at which a SKU goes out of stock for a shop, or is back. It is out when none of the warehouses of a sellable kind that serve the shop has any available, each by its last snapshot. What came with the SKU's first reading says nothing of the time before its warehouses' snapshots, so nothing is judged before the last of those. resolution_hours is how long before the edge the last snapshot of those warehouses was taken; edge_date is its UTC day, one day early, so that every account's report day of what follows is on or after it.
  zh: 某 SKU 对某店铺由有货转缺货或恢复的时刻。服务该店铺的所有可售仓按各自最近快照均无可用时为缺货。首次读取的快照不能说明此前情况,故自其中各仓最晚的快照起才作判断。resolution_hours 为距前一次快照的小时数;edge_date 为该时刻 UTC 日期的前一日,使任何账户时区的后续报表日均不早于它。
materialize: {keys: product_key}
audits:
  - {unique: [product_key, shop_key, edge_at]}
  - {not_null: [product_key, shop_key, edge_at, edge_date]}
*/
with instant as (
    select
        stock_snapshot.product_key,
        stock_snapshot.warehouse_key,
        stock_snapshot.as_of_at,
        sum(stock_snapshot.available_qty) as available_qty
    from star.stock_snapshot
    where not stock_snapshot.is_ahead
    group by
        stock_snapshot.product_key,
        stock_snapshot.warehouse_key,
        stock_snapshot.as_of_at
),

changed as (
    select
        instant.product_key,
        instant.warehouse_key,
        instant.as_of_at,
        instant.available_qty - coalesce(lag(instant.available_qty) over history, 0) as available_change,
        case when instant.available_qty > 0 then 1 else 0 end - coalesce(lag(case when instant.available_qty > 0 then 1 else 0 end) over history, 0) as stocked_change
    from instant
    window history as (partition by instant.product_key, instant.warehouse_key order by instant.as_of_at)
),

first_reading as (
    select
        stock_level.product_key,
        min(stock_level._extracted_at) as read_at
    from entity.stock_level
    group by stock_level.product_key
),

-- From when on every warehouse has told of the SKU that did in its first reading.
known as (
    select
        told.product_key,
        shop_warehouse.shop_key,
        max(case when told.first_at <= first_reading.read_at then told.first_at end) as known_from_at
    from (
        select instant.product_key, instant.warehouse_key, min(instant.as_of_at) as first_at
        from instant
        group by instant.product_key, instant.warehouse_key
    ) as told
    inner join first_reading
        on told.product_key = first_reading.product_key
    inner join star.shop_warehouse
        on told.warehouse_key = shop_warehouse.warehouse_key
    inner join star.dim_warehouse
        on told.warehouse_key = dim_warehouse.warehouse_key
        and dim_warehouse.is_sellable_kind
    group by
        told.product_key,
        shop_warehouse.shop_key
),

shop_change as (
    select
        changed.product_key,
        shop_warehouse.shop_key,
        changed.as_of_at,
        sum(changed.available_change) as available_change,
        sum(changed.stocked_change) as stocked_change
    from changed
    inner join star.shop_warehouse
        on changed.warehouse_key = shop_warehouse.warehouse_key
    inner join star.dim_warehouse
        on changed.warehouse_key = dim_warehouse.warehouse_key
        and dim_warehouse.is_sellable_kind
    group by
        changed.product_key,
        shop_warehouse.shop_key,
        changed.as_of_at
),

-- How many of the shop's warehouses have the SKU from each instant on, and how much all of them have.
state as (
    select
        shop_change.product_key,
        shop_change.shop_key,
        shop_change.as_of_at,
        sum(shop_change.stocked_change) over past as stocked_count,
        sum(shop_change.available_change) over past as available_qty
    from shop_change
    window past as (
        partition by shop_change.product_key, shop_change.shop_key
        order by shop_change.as_of_at
        rows between unbounded preceding and current row
    )
),

compared as (
    select
        state.*,
        lag(state.stocked_count) over history as stocked_before_count,
        lag(state.as_of_at) over history as as_of_before
    from state
    inner join known
        on state.product_key = known.product_key
        and state.shop_key = known.shop_key
        and (known.known_from_at is null or state.as_of_at >= known.known_from_at)
    window history as (partition by state.product_key, state.shop_key order by state.as_of_at)
)

select
    compared.product_key,
    compared.shop_key,
    compared.as_of_at as edge_at,
    cast(cast(compared.as_of_at at time zone 'UTC' as date) - interval '1' day as date) as edge_date,
    compared.stocked_count = 0 as is_out,
    cast(compared.available_qty as decimal(18, 4)) as available_qty,
    cast(date_diff('second', coalesce(compared.as_of_before, compared.as_of_at), compared.as_of_at) as double) / 3600 as resolution_hours
from compared
where case when compared.stocked_count = 0 then 1 else 0 end
    <> case when coalesce(compared.stocked_before_count, 1) = 0 then 1 else 0 end
