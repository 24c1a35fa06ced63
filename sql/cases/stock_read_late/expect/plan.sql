select
    stock_demand.plan_date,
    stock_demand.warehouse_code,
    stock_demand.sku_code,
    stock_demand.available_qty,
    stock_demand.stock_out_hours
from mart.stock_demand
where stock_demand.sku_code = 'E' and stock_demand.warehouse_code = 'W2'
    or stock_demand.sku_code = 'F'
