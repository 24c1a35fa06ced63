/* transform/star/sql/stock_out_interval.sql
grain: [product_key, warehouse_key, from_at]
title: {en: Stock-out interval, zh: 缺货区间}
description:
  en: From the first snapshot on which nothing was available to the next on which something was; open when there is none yet. resolution_hours is the widest gap between the snapshots that tell it.
  zh: 从首次快照可用为零(或负)到下一次有货快照;尚未恢复则未闭合。resolution_hours 为判定所依据快照的最大间隔。
materialize: {keys: product_key}
audits:
  - {unique: [product_key, warehouse_key, from_at]}
  - sql: select * from star.stock_out_interval where to_at <= from_at
*/
with instant as (
    select
        stock_snapshot.product_key,
        stock_snapshot.warehouse_key,
        stock_snapshot.as_of_at,
        sum(stock_snapshot.available_qty) as available_qty
    from star.stock_snapshot
    group by
        stock_snapshot.product_key,
        stock_snapshot.warehouse_key,
        stock_snapshot.as_of_at
),

compared as (
    select
        instant.*,
        lag(instant.as_of_at) over history as as_of_before,
        lag(instant.available_qty) over history as available_before_qty,
        lead(instant.as_of_at) over history as as_of_next
    from instant
    window history as (partition by instant.product_key, instant.warehouse_key order by instant.as_of_at)
),

numbered as (
    select
        compared.*,
        sum(case when compared.available_before_qty is null or compared.available_before_qty > 0 then 1 else 0 end) over (
            partition by compared.product_key, compared.warehouse_key
            order by compared.as_of_at
            rows between unbounded preceding and current row
        ) as interval_number
    from compared
    where compared.available_qty <= 0
)

select
    numbered.product_key,
    numbered.warehouse_key,
    min(numbered.as_of_at) as from_at,
    case when max(case when numbered.as_of_next is null then 1 else 0 end) = 0 then max(numbered.as_of_next) end as to_at,
    cast(min(numbered.available_qty) as decimal(18, 4)) as lowest_available_qty,
    'snapshot' as evidence,
    max(cast(date_diff('second', coalesce(numbered.as_of_before, numbered.as_of_at), numbered.as_of_at) as double) / 3600) as resolution_hours
from numbered
group by
    numbered.product_key,
    numbered.warehouse_key,
    numbered.interval_number
