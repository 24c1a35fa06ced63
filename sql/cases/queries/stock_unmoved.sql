select
    fct_stock_daily.stock_date,
    fct_stock_daily.snapshot_age_days,
    fct_stock_daily.on_hand_sellable_qty,
    fct_stock_daily.opening_qty,
    fct_stock_daily.moved_qty,
    fct_stock_daily.closing_qty,
    fct_stock_daily.unexplained_qty
from star.fct_stock_daily
inner join star.dim_product
    on fct_stock_daily.product_key = dim_product.product_key
where dim_product.sku_code = 'B'
