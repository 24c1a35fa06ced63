/* transform/star/sql/product_demand_daily.sql
grain: [demand_date, shop_key, product_key]
title: {en: Demand by day, zh: 每日需求}
description:
  en: Units of each stock SKU that each shop's orders asked for on each day (presales on the day of the deposit; gifts, samples and exchanges included; a bundle counts as its components), and how many of them are gifts or presale commitments.
  zh: 各店铺订单每日对各库存 SKU 的需求件数(预售计入定金日;含赠品、样品与换货;组合装按组件计),并列出赠品与预售占用件数。
materialize: {incremental: demand_date}
inputs: {star.fct_order_component: demand_date}
audits:
  - {unique: [demand_date, shop_key, product_key]}
*/
select
    fct_order_component.demand_date,
    fct_order_component.shop_key,
    fct_order_component.product_key,
    cast(sum(fct_order_component.quantity) as bigint) as demand_units,
    cast(sum(case when fct_order_component.is_gift then fct_order_component.quantity else 0 end) as bigint) as gift_units,
    cast(sum(case when fct_order_component.is_presale_commitment and fct_order_component.paid_date is null then fct_order_component.quantity else 0 end) as bigint) as open_presale_units
from star.fct_order_component
where fct_order_component.is_demand
    and fct_order_component.product_key <> -1
group by
    fct_order_component.demand_date,
    fct_order_component.shop_key,
    fct_order_component.product_key
