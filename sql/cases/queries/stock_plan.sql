select
    stock_demand.plan_date,
    stock_demand.warehouse_code,
    stock_demand.sku_code,
    stock_demand.snapshot_age_days,
    stock_demand.is_carried,
    stock_demand.available_qty,
    stock_demand.expected_daily_demand,
    stock_demand.stock_out_hours,
    stock_demand.spend_while_out_amount,
    stock_demand.promoted_shop_id,
    stock_demand.is_promoted_out_of_stock
from mart.stock_demand
where stock_demand.sku_code in ('A', 'B')
    and stock_demand.plan_date in (date '2026-06-12', date '2026-06-13', date '2026-06-14', date '2026-06-16', date '2026-06-17', date '2026-06-18')
