/* transform/star/sql/shop_stock_daily.sql
grain: [plan_date, warehouse_key, product_key, shop_key]
title: {en: Stock for a shop by day, zh: 店铺每日可用库存}
description:
  en: What each warehouse of a sellable kind brings into a day of what serves each shop, what all of the shop's warehouses have (shop_available_qty, oversold ones as none), and the warehouse's share of the shop's demand and ad spend - in proportion to what it has available, evenly where none has any.
  zh: 各可售仓为所服务店铺带入当日的可用库存、该店铺各仓可用合计(超卖按零计),及该仓应分摊的店铺需求与广告消耗比例:按可用占比,均无可用时平均。
materialize: view
audits:
  - {unique: [plan_date, warehouse_key, product_key, shop_key]}
*/
with level as (
    select
        cast(fct_stock_daily.stock_date + interval '1' day as date) as plan_date,
        fct_stock_daily.warehouse_key,
        fct_stock_daily.product_key,
        shop_warehouse.shop_key,
        fct_stock_daily.closes_at,
        case when fct_stock_daily.available_qty > 0 then fct_stock_daily.available_qty else 0 end as sellable_qty
    from star.fct_stock_daily
    inner join star.dim_warehouse
        on fct_stock_daily.warehouse_key = dim_warehouse.warehouse_key
        and dim_warehouse.is_sellable_kind
    inner join star.shop_warehouse
        on fct_stock_daily.warehouse_key = shop_warehouse.warehouse_key
),

together as (
    select
        level.*,
        sum(level.sellable_qty) over of_shop as shop_available_qty,
        count(*) over of_shop as warehouse_count,
        row_number() over (partition by level.plan_date, level.product_key, level.shop_key order by level.warehouse_key) as warehouse_number
    from level
    window of_shop as (partition by level.plan_date, level.product_key, level.shop_key)
)

select
    together.plan_date,
    together.warehouse_key,
    together.product_key,
    together.shop_key,
    together.closes_at as starts_at,
    cast(together.shop_available_qty as decimal(18, 4)) as shop_available_qty,
    together.warehouse_count,
    together.warehouse_number,
    case
        when together.shop_available_qty > 0 then cast(together.sellable_qty as double) / nullif(cast(together.shop_available_qty as double), 0)
        else cast(1 as double) / nullif(together.warehouse_count, 0)
    end as part_of_shop
from together
