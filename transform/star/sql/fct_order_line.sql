/* transform/star/sql/fct_order_line.sql
grain: [order_line_key]
title: {en: Order line, zh: 订单明细}
description:
  en: One sold line as the platform split it (子订单), the SKU as sold (a bundle stays a bundle), with its money from list price to what the buyer paid and what has been refunded so far.
  zh: 平台子订单一行,SKU 为售出口径(组合装不拆),含从标价到实付的金额链条与至今退款。
materialize: {keys: order_key, partition_by: placed_date}
audits:
  - {unique: [order_line_key]}
  - {not_null: [order_line_key, order_key, shop_key, seller_due_amount, currency]}
  - sql: select * from star.fct_order_line where list_amount - seller_discount_amount <> seller_due_amount
  - sql: select * from star.fct_order_line where abs(seller_due_amount - subsidy_amount - buyer_paid_goods_amount) > 0.01
  - sql: select * from star.fct_order_line where refund_goods_seller_amount > seller_due_amount + 0.01
  - sql: select * from star.fct_order_line where not is_same_source_as_order
*/
with refunded as (
    select
        fct_refund.order_line_key,
        cast(sum(fct_refund.refund_goods_seller_amount) as decimal(18, 4)) as refund_goods_seller_amount,
        cast(sum(fct_refund.refund_goods_buyer_amount) as decimal(18, 4)) as refund_goods_buyer_amount,
        cast(sum(fct_refund.subsidy_clawback_amount) as decimal(18, 4)) as subsidy_clawback_amount,
        cast(sum(fct_refund.refund_shipping_amount) as decimal(18, 4)) as refund_shipping_amount,
        cast(sum(fct_refund.refunded_quantity) as bigint) as refunded_quantity,
        cast(sum(fct_refund.returned_quantity) as bigint) as returned_quantity
    from star.fct_refund
    where fct_refund.order_line_key <> -1
    group by fct_refund.order_line_key
)

select
    line.order_line_key,
    line.order_key,
    line.shop_key,
    line.customer_key,
    line.product_key,
    line.listing_key,
    line.order_id,
    line.line_id,
    line.sku_code,
    line.placed_date,
    line.paid_date,
    line.quantity,
    line.is_gift,
    line.is_sale,
    line.exclusion_rule,
    line.list_amount,
    line.seller_discount_amount,
    line.seller_due_amount,
    line.platform_subsidy_amount,
    line.creator_subsidy_amount,
    line.payment_subsidy_amount,
    line.subsidy_amount,
    line.buyer_paid_goods_amount,
    line.shipping_paid_amount,
    line.tax_collected_amount,
    line.other_charges_amount,
    line.buyer_paid_amount,
    line.deposit_amount,
    coalesce(refunded.refund_goods_seller_amount, 0) as refund_goods_seller_amount,
    coalesce(refunded.refund_goods_buyer_amount, 0) as refund_goods_buyer_amount,
    coalesce(refunded.subsidy_clawback_amount, 0) as subsidy_clawback_amount,
    coalesce(refunded.refund_shipping_amount, 0) as refund_shipping_amount,
    coalesce(refunded.refunded_quantity, 0) as refunded_quantity,
    coalesce(refunded.returned_quantity, 0) as returned_quantity,
    case when line.is_sale and line.paid_date is not null then line.seller_due_amount else 0 end as gross_sales_amount,
    cast(
        case
            when line.is_sale and line.paid_date is not null then line.seller_due_amount - coalesce(refunded.refund_goods_seller_amount, 0)
            else 0
        end
        as decimal(18, 4)
    ) as net_sales_order_day_amount,
    line.currency,
    line.base_rate,
    line.is_same_source_as_order
from star.order_line_priced as line
left join refunded
    on line.order_line_key = refunded.order_line_key
