/* sql/marts/attribution_coverage.sql
grain: [order_date, shop_key, currency]
title: {en: Attribution coverage, zh: 归因覆盖率}
description:
  en: How much of each shop's net sales (order day) carries a touch of level 1 or 2 that names where the buyer came from; an order whose path holds direct visits only is not covered. Below the project's threshold the shop's campaigns are not ranked. Add the amounts over days before dividing; the share itself does not add.
  zh: 各店铺净销售额(订单口径)中有一、二级触点且能说明来源的比例(仅有直接访问的不算);低于项目阈值时不对活动排名。跨日请先加总金额再相除。
materialize: {incremental: order_date}
inputs: {mart.attribution: order_date}
columns:
  order_date: {en: Day the order was paid, zh: 付款日期}
  shop_key: {en: Key of the shop, zh: 店铺键}
  shop_id: {en: Shop, zh: 店铺编号}
  shop_title: {en: Title of the shop, zh: 店铺名称}
  net_sales_amount: {en: Net sales (order day), zh: 净销售额(订单口径), passport: net_sales_order_day}
  covered_net_amount: {en: Net sales with a touch that is not direct, zh: 有非直接触点的净销售额}
  unattributed_net_amount: {en: Net sales without a touch, zh: 未归因净销售额, passport: unattributed_net_sales}
  direct_net_amount: {en: "Net sales of orders whose path holds direct visits only (not covered)", zh: 仅直接访问的净销售额(不计入覆盖)}
  coverage: {en: Coverage, zh: 归因覆盖率, passport: coverage}
  net_sales_base_amount: {en: "Net sales (order day) in the project's currency", zh: "净销售额(订单口径,本位币)"}
  covered_net_base_amount: {en: "Net sales with a touch that is not direct, in the project's currency", zh: 有非直接触点的净销售额(本位币)}
  is_rankable: {en: "Coverage reaches the project's threshold", zh: 达到排名阈值}
audits:
  - {unique: [order_date, shop_key, currency]}
  - {conserves: net_sales_amount, with: star.fct_order.net_sales_order_day_amount}
*/
with daily as (
    select
        attribution.order_date,
        attribution.shop_key,
        attribution.currency,
        sum(attribution.credited_net_amount) as net_sales_amount,
        sum(case when attribution.level > 0 and attribution.channel = 'direct' then attribution.credited_net_amount else 0 end) as direct_net_amount,
        sum(attribution.credited_net_base_amount) as net_sales_base_amount,
        sum(case when attribution.level > 0 and attribution.channel <> 'direct' then attribution.credited_net_amount else 0 end) as covered_net_amount,
        sum(case when attribution.level > 0 and attribution.channel <> 'direct' then attribution.credited_net_base_amount else 0 end) as covered_net_base_amount
    from mart.attribution
    -- It credits a direct visit only where the path holds nothing else.
    where attribution.model = 'last_non_direct'
    group by
        attribution.order_date,
        attribution.shop_key,
        attribution.currency
)

select
    daily.order_date,
    daily.shop_key,
    dim_shop.shop_id,
    dim_shop.title as shop_title,
    daily.currency,
    cast(daily.net_sales_amount as decimal(18, 4)) as net_sales_amount,
    cast(daily.covered_net_amount as decimal(18, 4)) as covered_net_amount,
    cast(daily.net_sales_amount - daily.covered_net_amount - daily.direct_net_amount as decimal(18, 4)) as unattributed_net_amount,
    cast(daily.direct_net_amount as decimal(18, 4)) as direct_net_amount,
    cast(daily.covered_net_amount as double) / nullif(cast(daily.net_sales_amount as double), 0) as coverage,
    cast(daily.net_sales_base_amount as decimal(18, 4)) as net_sales_base_amount,
    cast(daily.covered_net_base_amount as decimal(18, 4)) as covered_net_base_amount,
    coalesce(cast(daily.covered_net_amount as double) / nullif(cast(daily.net_sales_amount as double), 0) >= project.coverage_threshold, false) as is_rankable
from daily
cross join ops.project
left join star.dim_shop
    on daily.shop_key = dim_shop.shop_key
