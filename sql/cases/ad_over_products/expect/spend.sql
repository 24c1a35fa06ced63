select
    promoted_product_daily.report_date,
    dim_product.sku_code,
    promoted_product_daily.spend_base_amount
from star.promoted_product_daily
inner join star.dim_product
    on promoted_product_daily.product_key = dim_product.product_key
