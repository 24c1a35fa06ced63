/* sql/marts/funnel_daily.sql
grain: [business_date, shop_key, basis, step]
title: {en: Funnel by day, zh: 每日转化漏斗}
description:
  en: The steps from a visit to a received order, per shop and day. A rate never mixes bases - aggregate is what the platform reports of visitors, touch is our own storefront's visitors, order follows the orders placed on the day to where they are by now. A step that no source tells is there, blank, with the reason.
  zh: 各店铺每日从访问到签收的各步骤。同一比率不混用口径:aggregate 为平台报表访客,touch 为自有站点访客,order 为当日下单订单至今的进展。无数据来源的步骤保留为空并注明原因。
materialize: {incremental: business_date}
inputs:
  star.fct_traffic_daily: traffic_date
  star.fct_touch: touch_date
  star.fct_order: placed_date
  star.order_signing: placed_date
optional: [traffic_daily, touch, signing_flow]
columns:
  business_date: {en: Day of the shop, zh: 业务日期}
  shop_key: {en: Key of the shop, zh: 店铺键}
  shop_id: {en: Shop, zh: 店铺编号}
  shop_title: {en: Title of the shop, zh: 店铺名称}
  basis: {en: "Who counted - aggregate, touch or order", zh: 统计口径}
  step: {en: Step, zh: 步骤}
  step_number: {en: Place of the step, zh: 步骤序号}
  step_count: {en: "Visitors, buyers or orders (not additive over days for people)", zh: 人数/订单数}
  of_step: {en: Step that the rate is of, zh: 对比步骤}
  of_count: {en: Count of that step, zh: 对比步骤数}
  orders_placed: {en: "Orders placed (on the step placed of the basis order)", zh: 下单订单数(仅下单步骤), passport: orders_placed}
  orders_paid: {en: "Orders paid in full so far (on the step paid of the basis order)", zh: 至今支付订单数(仅支付步骤), passport: orders_paid}
  step_rate: {en: Rate, zh: 转化率, passport: conversion_rate}
  missing_reason: {en: Why the step is blank, zh: 缺失原因}
audits:
  - {unique: [business_date, shop_key, basis, step]}
  - sql: select * from mart.funnel_daily where (step_count is null) <> (missing_reason is not null)
  - sql: select * from mart.funnel_daily where basis = 'order' and step_count > of_count
*/
with platform_day as (
    select
        fct_traffic_daily.traffic_date as business_date,
        fct_traffic_daily.shop_key,
        max(case when fct_traffic_daily.is_shop_total then fct_traffic_daily.uv end) as visitors,
        max(case when fct_traffic_daily.is_shop_total then fct_traffic_daily.cart_users end) as cart_users,
        max(case when fct_traffic_daily.is_shop_total then fct_traffic_daily.buyers end) as buyers
    from star.fct_traffic_daily
    group by
        fct_traffic_daily.traffic_date,
        fct_traffic_daily.shop_key
),

touch_day as (
    select
        fct_touch.touch_date as business_date,
        fct_touch.shop_key,
        count(distinct fct_touch.visitor_key) as visitors,
        count(distinct case when fct_touch.kind = 'add_to_cart' then fct_touch.visitor_key end) as cart_visitors,
        count(distinct case when fct_touch.kind = 'checkout' then fct_touch.visitor_key end) as checkout_visitors
    from star.fct_touch
    where fct_touch.visitor_key <> -1
        and fct_touch.shop_key <> -1
    group by
        fct_touch.touch_date,
        fct_touch.shop_key
),

signing_day as (
    select
        order_signing.placed_date as business_date,
        order_signing.shop_key,
        count(*) as sent_orders,
        sum(case when order_signing.is_signed then 1 else 0 end) as signed_orders
    from star.order_signing
    group by
        order_signing.placed_date,
        order_signing.shop_key
),

order_day as (
    select
        fct_order.placed_date as business_date,
        fct_order.shop_key,
        count(*) as placed_orders,
        sum(case when fct_order.deposit_paid_date is not null then 1 else 0 end) as deposit_orders,
        sum(case when fct_order.deposit_paid_date is not null and fct_order.paid_date is not null then 1 else 0 end) as balance_orders,
        sum(case when fct_order.paid_date is not null then 1 else 0 end) as paid_orders,
        sum(case when fct_order.paid_date is not null and (fct_order.shipped_at is not null or fct_order.received_at is not null or fct_order.status in ('shipped', 'part_shipped', 'received')) then 1 else 0 end) as shipped_orders,
        sum(case when fct_order.paid_date is not null and (fct_order.received_at is not null or fct_order.status = 'received') then 1 else 0 end) as received_orders
    from star.fct_order
    group by
        fct_order.placed_date,
        fct_order.shop_key
),

shop_day as (
    select business_date, shop_key from platform_day
    union
    select business_date, shop_key from touch_day
    union
    select business_date, shop_key from order_day
),

measured as (
    select
        shop_day.business_date,
        shop_day.shop_key,
        platform_day.visitors as platform_visitors,
        platform_day.cart_users as platform_cart_users,
        platform_day.buyers as platform_buyers,
        touch_day.visitors as touch_visitors,
        touch_day.cart_visitors,
        touch_day.checkout_visitors,
        coalesce(order_day.placed_orders, 0) as placed_orders,
        coalesce(order_day.deposit_orders, 0) as deposit_orders,
        coalesce(order_day.balance_orders, 0) as balance_orders,
        coalesce(order_day.paid_orders, 0) as paid_orders,
        coalesce(order_day.shipped_orders, 0) as shipped_orders,
        coalesce(order_day.received_orders, 0) as received_orders,
        signing_day.sent_orders,
        signing_day.signed_orders
    from shop_day
    left join platform_day
        on shop_day.business_date = platform_day.business_date
        and shop_day.shop_key = platform_day.shop_key
    left join touch_day
        on shop_day.business_date = touch_day.business_date
        and shop_day.shop_key = touch_day.shop_key
    left join order_day
        on shop_day.business_date = order_day.business_date
        and shop_day.shop_key = order_day.shop_key
    left join signing_day
        on shop_day.business_date = signing_day.business_date
        and shop_day.shop_key = signing_day.shop_key
),

step as (
    select business_date, shop_key, 'aggregate' as basis, 'visit' as step, 1 as step_number, platform_visitors as step_count, cast(null as varchar) as of_step, cast(null as bigint) as of_count
    from measured
    union all
    select business_date, shop_key, 'aggregate' as basis, 'cart' as step, 2 as step_number, platform_cart_users as step_count, 'visit' as of_step, platform_visitors as of_count
    from measured
    union all
    select business_date, shop_key, 'aggregate' as basis, 'buy' as step, 3 as step_number, platform_buyers as step_count, 'visit' as of_step, platform_visitors as of_count
    from measured
    union all
    select business_date, shop_key, 'touch' as basis, 'visit' as step, 1 as step_number, touch_visitors as step_count, cast(null as varchar) as of_step, cast(null as bigint) as of_count
    from measured
    union all
    select business_date, shop_key, 'touch' as basis, 'cart' as step, 2 as step_number, cart_visitors as step_count, 'visit' as of_step, touch_visitors as of_count
    from measured
    union all
    select business_date, shop_key, 'touch' as basis, 'checkout' as step, 3 as step_number, checkout_visitors as step_count, 'visit' as of_step, touch_visitors as of_count
    from measured
    union all
    select business_date, shop_key, 'order' as basis, 'placed' as step, 1 as step_number, placed_orders as step_count, cast(null as varchar) as of_step, cast(null as bigint) as of_count
    from measured
    union all
    select business_date, shop_key, 'order' as basis, 'deposit_paid' as step, 2 as step_number, cast(deposit_orders as bigint) as step_count, 'placed' as of_step, placed_orders as of_count
    from measured
    union all
    select business_date, shop_key, 'order' as basis, 'balance_paid' as step, 3 as step_number, cast(balance_orders as bigint) as step_count, 'deposit_paid' as of_step, cast(deposit_orders as bigint) as of_count
    from measured
    union all
    select business_date, shop_key, 'order' as basis, 'contract_signed' as step, 4 as step_number, cast(signed_orders as bigint) as step_count, 'contract_sent' as of_step, sent_orders as of_count
    from measured
    union all
    select business_date, shop_key, 'order' as basis, 'paid' as step, 5 as step_number, cast(paid_orders as bigint) as step_count, 'placed' as of_step, placed_orders as of_count
    from measured
    union all
    select business_date, shop_key, 'order' as basis, 'shipped' as step, 6 as step_number, cast(shipped_orders as bigint) as step_count, 'paid' as of_step, cast(paid_orders as bigint) as of_count
    from measured
    union all
    select business_date, shop_key, 'order' as basis, 'received' as step, 7 as step_number, cast(received_orders as bigint) as step_count, 'shipped' as of_step, cast(shipped_orders as bigint) as of_count
    from measured
)

select
    step.business_date,
    step.shop_key,
    dim_shop.shop_id,
    dim_shop.title as shop_title,
    step.basis,
    step.step,
    cast(step.step_number as bigint) as step_number,
    step.step_count,
    case when step.basis = 'order' and step.step = 'placed' then step.step_count end as orders_placed,
    case when step.basis = 'order' and step.step = 'paid' then step.step_count end as orders_paid,
    step.of_step,
    step.of_count,
    cast(step.step_count as double) / nullif(cast(step.of_count as double), 0) as step_rate,
    case when step.step_count is null then 'not measured' end as missing_reason
from step
left join star.dim_shop
    on step.shop_key = dim_shop.shop_key
