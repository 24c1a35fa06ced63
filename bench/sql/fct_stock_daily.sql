/* bench/sql/fct_stock_daily.sql
grain: [stock_date, sku, warehouse]
title: {en: Stock by day, zh: 每日库存}
materialize: {append: raw.bench__stock}
dialect: duckdb
*/
select
    cast(date as date) as stock_date,
    sku,
    warehouse,
    cast(on_hand as int) as on_hand,
    cast(reserved as int) as reserved,
    cast(inbound as int) as inbound
from raw.bench__stock
