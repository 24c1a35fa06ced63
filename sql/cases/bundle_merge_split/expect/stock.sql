select
    dim_warehouse.warehouse_code,
    dim_product.sku_code,
    sum(fct_stock_move.quantity) as quantity
from star.fct_stock_move
inner join star.dim_warehouse
    on fct_stock_move.warehouse_key = dim_warehouse.warehouse_key
inner join star.dim_product
    on fct_stock_move.product_key = dim_product.product_key
group by
    dim_warehouse.warehouse_code,
    dim_product.sku_code
