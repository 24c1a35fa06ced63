/* bench/sql/quarantine_orders.sql
grain: [order_id, updated_at]
title: {en: Order kept out, zh: 隔离订单}
materialize: {append: raw.bench__orders}
dialect: duckdb
*/
select
    id as order_id,
    created_at,
    updated_at,
    total_amount,
    case when try_cast(left(created_at, 19) as timestamp) is null then 'bad created_at' else 'bad total_amount' end as reason
from raw.bench__orders
where id is null
    or try_cast(left(created_at, 19) as timestamp) is null
    or try_cast(total_amount as decimal(18, 2)) is null
