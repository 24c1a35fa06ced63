/* bench/sql/mart_inventory_demand.sql
grain: [day, sku, warehouse]
title: {en: Stock against demand, zh: 库存与需求}
materialize: {incremental: day}
inputs: {mart.fct_stock_daily: stock_date, mart.fct_order_line: {column: order_date, look_back: 27 days}, mart.fct_ad_spend_daily: spend_date}
dialect: duckdb
*/
with sold as (
    select
        order_date,
        product_key as sku,
        sum(qty) as qty
    from mart.fct_order_line
    where status <> 'cancelled'
        and order_date >= (select min(stock_date) - 27 from mart.fct_stock_daily)
    group by
        order_date,
        product_key
),

demand as (
    select
        coalesce(stock.stock_date, sold.order_date) as day,
        coalesce(stock.sku, sold.sku) as sku,
        stock.warehouse,
        stock.on_hand,
        stock.reserved,
        stock.inbound,
        cast(sum(coalesce(sold.qty, 0)) over (
            partition by coalesce(stock.sku, sold.sku)
            order by coalesce(stock.stock_date, sold.order_date)
            range between interval 27 day preceding and current row
        ) as bigint) as demand_28d
    from mart.fct_stock_daily as stock
    full outer join sold
        on sold.order_date = stock.stock_date
        and sold.sku = stock.sku
),

promoted as (
    select distinct
        spend.spend_date,
        listed.sku
    from mart.fct_ad_spend_daily as spend
    inner join (select campaign_key, unnest(skus) as sku from mart.dim_campaign) as listed
        on listed.campaign_key = spend.campaign_id
    where spend.cost_cents > 0
)

select
    demand.day,
    demand.sku,
    demand.warehouse,
    demand.on_hand,
    demand.inbound,
    demand.demand_28d,
    round(demand.demand_28d / 28.0, 4) as demand_per_day,
    case when demand.demand_28d > 0 then round((demand.on_hand - demand.reserved) * 28.0 / demand.demand_28d, 2) end as days_of_cover,
    demand.on_hand <= demand.reserved as stock_out,
    promoted.sku is not null as promoted,
    demand.on_hand <= demand.reserved and promoted.sku is not null as promoted_while_out
from demand
left join promoted
    on promoted.spend_date = demand.day
    and promoted.sku = demand.sku
where demand.on_hand is not null
