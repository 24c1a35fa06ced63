/* sql/marts/attribution_coverage.sql
grain: [order_date, shop_key, currency]
title: {en: Attribution coverage, zh: 归因覆盖率}
description:
  en: How much of each shop's net sales (order day) carries a touch of level 1 or 2. Below the project's threshold the shop's campaigns are not ranked. Add the amounts over days before dividing; the share itself does not add.
  zh: 各店铺净销售额(订单口径)中有一、二级触点的比例;低于项目阈值时不对活动排名。跨日请先加总金额再相除。
materialize: {incremental: order_date}
inputs: {mart.attribution: order_date}
columns:
  order_date: {en: Day the order was paid, zh: 付款日期}
  net_sales_amount: {en: Net sales (order day), zh: 净销售额(订单口径), passport: net_sales_order_day}
  covered_net_amount: {en: Net sales with a touch, zh: 有触点净销售额}
  unattributed_net_amount: {en: Net sales without a touch, zh: 未归因净销售额, passport: unattributed_net_sales}
  coverage: {en: Coverage, zh: 归因覆盖率, passport: coverage}
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
        sum(case when attribution.level > 0 then attribution.credited_net_amount else 0 end) as covered_net_amount
    from mart.attribution
    where attribution.model = 'linear'
    group by
        attribution.order_date,
        attribution.shop_key,
        attribution.currency
)

select
    daily.order_date,
    daily.shop_key,
    daily.currency,
    cast(daily.net_sales_amount as decimal(18, 4)) as net_sales_amount,
    cast(daily.covered_net_amount as decimal(18, 4)) as covered_net_amount,
    cast(daily.net_sales_amount - daily.covered_net_amount as decimal(18, 4)) as unattributed_net_amount,
    cast(daily.covered_net_amount as double) / nullif(cast(daily.net_sales_amount as double), 0) as coverage,
    coalesce(cast(daily.covered_net_amount as double) / nullif(cast(daily.net_sales_amount as double), 0) >= project.coverage_threshold, false) as is_rankable
from daily
cross join ops.project
