/* bench/sql/dim_product.sql
grain: [product_key]
title: {en: Product, zh: 商品}
materialize: table
dialect: duckdb
*/
select
    sku as product_key,
    title,
    category,
    brand,
    cast(list_price as decimal(18, 2)) as list_price,
    cast(unit_cost as decimal(18, 2)) as unit_cost
from raw.bench__products
