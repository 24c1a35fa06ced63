/* transform/star/sql/stock_out_interval.sql
grain: [product_key, shop_key, from_at]
title: {en: Stock-out interval, zh: 缺货区间}
description:
  en: From the first snapshot by which no warehouse that serves the shop had the SKU available to the next by which one of them had; open when there is none yet. resolution_hours is the wider of the gaps before the snapshots that begin and end it.
  zh: 自服务该店铺的各仓均无可用的首次快照,至其中某仓恢复有货的快照;尚未恢复则未闭合。resolution_hours 为判定起止所依据快照间隔的较大者。
materialize: {keys: product_key}
audits:
  - {unique: [product_key, shop_key, from_at]}
  - sql: select * from star.stock_out_interval where to_at <= from_at
*/
with followed as (
    select
        stock_out_edge.*,
        lead(stock_out_edge.edge_at) over history as next_at,
        lead(stock_out_edge.resolution_hours) over history as next_resolution_hours
    from star.stock_out_edge
    window history as (partition by stock_out_edge.product_key, stock_out_edge.shop_key order by stock_out_edge.edge_at)
)

select
    followed.product_key,
    followed.shop_key,
    followed.edge_at as from_at,
    followed.next_at as to_at,
    followed.available_qty as available_at_start_qty,
    'snapshot' as evidence,
    case when followed.next_resolution_hours > followed.resolution_hours then followed.next_resolution_hours else followed.resolution_hours end as resolution_hours
from followed
where followed.is_out
