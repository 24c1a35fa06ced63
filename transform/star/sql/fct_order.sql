/* transform/star/sql/fct_order.sql
grain: [order_key]
title: {en: Order, zh: 订单}
description:
  en: One platform order with its lines and refunds summed. It counts orders and buyers and is the unit of attribution. What the platform says the buyer paid stands beside our own sum; the difference is unexplained_amount.
  zh: 平台订单一行,汇总明细与退款,用于订单数、买家数与归因;平台实付与本表合计之差记入 unexplained_amount。
materialize: {keys: order_key, partition_by: placed_date}
audits:
  - {unique: [order_key]}
  - {not_null: [order_key, shop_key, placed_date, net_sales_order_day_amount, currency]}
  - {conserves: seller_due_amount, with: star.fct_order_line.seller_due_amount}
  - {conserves: buyer_paid_amount, with: star.fct_order_line.buyer_paid_amount}
  - {conserves: list_amount, with: star.fct_order_line.list_amount}
  - {conserves: platform_subsidy_amount + creator_subsidy_amount + payment_subsidy_amount, with: star.fct_order_line.subsidy_amount}
  - {conserves: refund_goods_seller_amount, with: star.fct_order_line.refund_goods_seller_amount}
  - {conserves: net_sales_order_day_amount, with: star.fct_order_line.net_sales_order_day_amount}
  - sql: select * from star.fct_order where base_rate is null and paid_date is not null
  - sql: select * from star.fct_order where placed_base_rate is null
  - sql: |
      select *
      from star.fct_order
      where abs(
          list_amount - seller_discount_amount - platform_subsidy_amount - creator_subsidy_amount - payment_subsidy_amount
          + shipping_paid_amount + tax_collected_amount + other_charges_amount + coalesce(unexplained_amount, 0)
          - coalesce(platform_paid_amount, buyer_paid_amount)
      ) > 0.01
*/
with line_total as (
    select
        fct_order_line.order_key,
        count(*) as line_count,
        max(case when fct_order_line.is_sale then 1 else 0 end) as has_sale_line,
        min(fct_order_line.exclusion_rule) as line_exclusion_rule,
        cast(sum(case when fct_order_line.is_gift then 0 else fct_order_line.quantity end) as bigint) as quantity,
        cast(sum(case when fct_order_line.is_gift then fct_order_line.quantity else 0 end) as bigint) as gift_quantity,
        cast(sum(case when fct_order_line.is_sale and not fct_order_line.is_gift then fct_order_line.quantity else 0 end) as bigint) as sale_quantity,
        cast(sum(fct_order_line.list_amount) as decimal(18, 4)) as list_amount,
        cast(sum(fct_order_line.seller_discount_amount) as decimal(18, 4)) as seller_discount_amount,
        cast(sum(fct_order_line.seller_due_amount) as decimal(18, 4)) as seller_due_amount,
        cast(sum(fct_order_line.platform_subsidy_amount) as decimal(18, 4)) as platform_subsidy_amount,
        cast(sum(fct_order_line.creator_subsidy_amount) as decimal(18, 4)) as creator_subsidy_amount,
        cast(sum(fct_order_line.payment_subsidy_amount) as decimal(18, 4)) as payment_subsidy_amount,
        cast(sum(fct_order_line.buyer_paid_goods_amount) as decimal(18, 4)) as buyer_paid_goods_amount,
        cast(sum(fct_order_line.shipping_paid_amount) as decimal(18, 4)) as shipping_paid_amount,
        cast(sum(fct_order_line.tax_collected_amount) as decimal(18, 4)) as tax_collected_amount,
        cast(sum(fct_order_line.other_charges_amount) as decimal(18, 4)) as other_charges_amount,
        cast(sum(fct_order_line.buyer_paid_amount) as decimal(18, 4)) as buyer_paid_amount,
        cast(sum(fct_order_line.deposit_amount) as decimal(18, 4)) as deposit_amount,
        cast(sum(fct_order_line.gross_sales_amount) as decimal(18, 4)) as gross_sales_amount,
        cast(sum(fct_order_line.refund_goods_seller_amount) as decimal(18, 4)) as refund_goods_seller_amount,
        cast(sum(fct_order_line.refund_goods_buyer_amount) as decimal(18, 4)) as refund_goods_buyer_amount,
        cast(sum(fct_order_line.subsidy_clawback_amount) as decimal(18, 4)) as subsidy_clawback_amount,
        cast(sum(fct_order_line.refund_shipping_amount) as decimal(18, 4)) as refund_shipping_amount,
        cast(sum(fct_order_line.refunded_quantity) as bigint) as refunded_quantity,
        cast(sum(fct_order_line.net_sales_order_day_amount) as decimal(18, 4)) as net_sales_order_day_amount
    from star.fct_order_line
    group by fct_order_line.order_key
),

refund_case as (
    select
        fct_refund.order_key,
        max(case when fct_refund.status = 'applied' then 1 else 0 end) as has_open,
        min(case when fct_refund.is_counted and fct_refund.refund_goods_seller_amount > 0 and fct_refund.refund_stage <> 'before_shipping' then 0 else 1 end) as is_before_shipping_only
    from star.fct_refund
    group by fct_refund.order_key
)

select
    order_header.order_key,
    order_header.shop_key,
    order_header.customer_key,
    order_header.order_id,
    order_header.checkout_id,
    order_header.order_kind,
    order_header.status,
    -- An order of nothing but excluded goods, as a price difference link, is no sale either.
    case when order_header.is_sale and line_total.has_sale_line = 0 then 'not_sale' else order_header.sale_class end as sale_class,
    order_header.is_sale and coalesce(line_total.has_sale_line, 1) = 1 as is_sale,
    order_header.is_other_income,
    coalesce(order_header.exclusion_rule, case when line_total.has_sale_line = 0 then line_total.line_exclusion_rule end) as exclusion_rule,
    order_header.is_oversold,
    order_header.placed_at,
    order_header.deposit_paid_at,
    order_header.paid_at,
    order_header.is_paid_time_estimated,
    order_header.shipped_at,
    order_header.received_at,
    order_header.closed_at,
    order_header.promised_ship_at,
    order_header.placed_date,
    order_header.deposit_paid_date,
    order_header.paid_date,
    order_header.received_date,
    order_header.closed_date,
    coalesce(line_total.line_count, 0) as line_count,
    coalesce(line_total.quantity, 0) as quantity,
    coalesce(line_total.gift_quantity, 0) as gift_quantity,
    coalesce(line_total.sale_quantity, 0) as sale_quantity,
    coalesce(line_total.list_amount, 0) as list_amount,
    coalesce(line_total.seller_discount_amount, 0) as seller_discount_amount,
    coalesce(line_total.seller_due_amount, 0) as seller_due_amount,
    coalesce(line_total.platform_subsidy_amount, 0) as platform_subsidy_amount,
    coalesce(line_total.creator_subsidy_amount, 0) as creator_subsidy_amount,
    coalesce(line_total.payment_subsidy_amount, 0) as payment_subsidy_amount,
    coalesce(line_total.buyer_paid_goods_amount, 0) as buyer_paid_goods_amount,
    coalesce(line_total.shipping_paid_amount, 0) as shipping_paid_amount,
    coalesce(line_total.tax_collected_amount, 0) as tax_collected_amount,
    coalesce(line_total.other_charges_amount, 0) as other_charges_amount,
    coalesce(line_total.buyer_paid_amount, 0) as buyer_paid_amount,
    case when order_header.paid_date is not null then order_header.platform_paid_amount end as platform_paid_amount,
    cast(case when order_header.paid_date is not null then order_header.platform_paid_amount - coalesce(line_total.buyer_paid_amount, 0) end as decimal(18, 4)) as unexplained_amount,
    coalesce(line_total.deposit_amount, 0) as deposit_amount,
    coalesce(line_total.gross_sales_amount, 0) as gross_sales_amount,
    coalesce(line_total.refund_goods_seller_amount, 0) as refund_goods_seller_amount,
    coalesce(line_total.refund_goods_buyer_amount, 0) as refund_goods_buyer_amount,
    coalesce(line_total.subsidy_clawback_amount, 0) as subsidy_clawback_amount,
    coalesce(line_total.refund_shipping_amount, 0) as refund_shipping_amount,
    coalesce(line_total.refunded_quantity, 0) as refunded_quantity,
    coalesce(line_total.net_sales_order_day_amount, 0) as net_sales_order_day_amount,
    coalesce(refund_case.has_open, 0) = 1 as has_open_refund,
    coalesce(line_total.gross_sales_amount, 0) > 0
    and coalesce(line_total.net_sales_order_day_amount, 0) <= 0
    and coalesce(refund_case.is_before_shipping_only, 0) = 1 as is_refunded_before_shipping,
    order_header.currency,
    order_header.placed_base_rate,
    order_header.base_rate,
    order_header.room_id,
    order_header.video_id,
    order_header.author_id,
    order_header.utm_source,
    order_header.utm_medium,
    order_header.utm_campaign,
    order_header.click_id,
    order_header.coupon_code,
    order_header.updated_at,
    order_header.seen_at
from star.order_header
left join line_total
    on order_header.order_key = line_total.order_key
left join refund_case
    on order_header.order_key = refund_case.order_key
