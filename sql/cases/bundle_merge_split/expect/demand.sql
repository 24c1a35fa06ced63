select
    dim_product.sku_code,
    sum(product_demand_daily.demand_units) as demand_units,
    sum(product_demand_daily.gift_units) as gift_units
from star.product_demand_daily
inner join star.dim_product
    on product_demand_daily.product_key = dim_product.product_key
group by dim_product.sku_code
