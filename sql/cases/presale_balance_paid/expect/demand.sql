select
    product_demand_daily.demand_date,
    product_demand_daily.demand_units,
    product_demand_daily.open_presale_units
from star.product_demand_daily
