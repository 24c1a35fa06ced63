/* sql/marts/sales_daily.sql
grain: [business_date, shop_key, currency, row_kind]
title: {en: Sales by day, zh: 每日销售}
description:
  en: The sales figures of each shop and local day (blank in the project's currency where a rate is not known), each on the day that defines it. net_sales dates every refund by its own day, so closed days never move; net_sales_order_day takes all refunds so far off the day the order was paid, so it restates. Refunds of orders older than the history stand in rows of their own (row_kind orphan_refunds).
  zh: 各店铺每日销售指标,按各自口径的日期。净销售额(发生口径)按退款当日扣减,已过日期不变;净销售额(订单口径)从订单付款日扣除至今全部退款,会重述。早于历史数据的订单退款单列一行(orphan_refunds)。
materialize: {incremental: business_date}
inputs:
  star.fct_order_event: business_date
  star.fct_order: paid_date
columns:
  business_date: {en: "Day of the shop", zh: 业务日期}
  shop_key: {en: Key of the shop, zh: 店铺键}
  shop_id: {en: Shop, zh: 店铺编号}
  shop_title: {en: Title of the shop, zh: 店铺名称}
  row_kind: {en: "orders, or refunds of orders older than the history", zh: 行类型}
  placed_orders: {en: Orders placed, zh: 下单订单数, passport: orders_placed}
  placed_amount: {en: Placed amount, zh: 下单金额, passport: placed_amount}
  paid_orders: {en: Orders paid in full, zh: 支付订单数}
  paying_buyers: {en: "Known buyers who paid (not additive)", zh: 支付买家数, passport: buyers}
  paid_amount: {en: Paid amount, zh: 支付金额, passport: paid_amount}
  gross_sales_amount: {en: Gross sales, zh: 销售额, passport: gross_sales}
  refunds_amount: {en: Refunds, zh: 退款额, passport: refunds}
  net_sales_amount: {en: Net sales (event day), zh: 净销售额(发生口径), passport: net_sales}
  net_sales_order_day_amount: {en: Net sales (order day), zh: 净销售额(订单口径), passport: net_sales_order_day}
  refunds_so_far_amount: {en: Refunds so far of the orders of this day, zh: 当日订单至今退款额}
  refund_open_share: {en: Share of gross sales in orders with an open refund case, zh: 售后未结占比, passport: refund_open_share}
  as_of_at: {en: Newest change of the orders of this day, zh: 数据截至}
  units_sold: {en: Units sold (gifts apart), zh: 销售件数, passport: units_sold}
  gift_units: {en: Gift units, zh: 赠品件数}
  refunded_units: {en: Units refunded, zh: 退款件数}
  returned_units: {en: Units back, zh: 退货件数, passport: units_returned}
  deposits_received_amount: {en: Deposits received, zh: 收到定金}
  deposit_liability_change_amount: {en: Change of the deposit liability, zh: 定金负债变动}
  presale_commitment_change_units: {en: Change of the units committed by presales, zh: 预售占用件数变动}
  other_income_amount: {en: Other income, zh: 其他收入, passport: other_income}
  compensation_amount: {en: Compensation paid (a cost), zh: 赔付金额}
  placed_base_amount: {en: Placed amount in the project's currency, zh: 下单金额(本位币)}
  paid_base_amount: {en: Paid amount in the project's currency, zh: 支付金额(本位币)}
  gross_sales_base_amount: {en: Gross sales in the project's currency, zh: 销售额(本位币)}
  refunds_base_amount: {en: Refunds in the project's currency, zh: 退款额(本位币)}
  net_sales_base_amount: {en: Net sales (event day) in the project's currency, zh: "净销售额(发生口径,本位币)"}
  net_sales_order_day_base_amount: {en: Net sales (order day) in the project's currency, zh: "净销售额(订单口径,本位币)"}
audits:
  - {unique: [business_date, shop_key, currency, row_kind]}
  - {not_null: [business_date, shop_key, currency, net_sales_amount, net_sales_order_day_amount]}
  - {conserves: paid_amount, with: "star.fct_order.case when paid_date is not null then buyer_paid_amount else 0 end"}
  - {conserves: gross_sales_amount, with: star.fct_order.gross_sales_amount}
  - {conserves: net_sales_order_day_amount, with: star.fct_order.net_sales_order_day_amount}
  - {conserves: "case when row_kind = 'orders' then net_sales_amount else 0 end", with: mart.sales_daily.net_sales_order_day_amount}
*/
with event as (
    select
        fct_order_event.business_date,
        fct_order_event.shop_key,
        fct_order_event.customer_key,
        fct_order_event.order_key,
        fct_order_event.event_type,
        fct_order_event.is_sale,
        fct_order_event.is_gift,
        fct_order_event.is_other_income,
        case when fct_order_event.is_orphan then 'orphan_refunds' else 'orders' end as row_kind,
        fct_order_event.quantity_delta,
        fct_order_event.seller_delta,
        fct_order_event.buyer_delta,
        fct_order_event.event_quantity,
        fct_order_event.event_amount,
        fct_order_event.currency,
        fct_order_event.base_rate
    from star.fct_order_event
    where fct_order_event.event_type not in (
        'shipped', 'collected', 'signed', 'received', 'closed_unpaid', 'contract_signed', 'exchange_sent',
        'refund_applied', 'refund_closed', 'settled'
    )
),

event_day as (
    select
        event.business_date,
        event.shop_key,
        event.currency,
        event.row_kind,
        max(
            case
                when event.base_rate is null and (event.seller_delta <> 0 or event.buyer_delta <> 0 or event.event_amount <> 0) then 1
                else 0
            end
        ) as lacks_rate,
        count(distinct case when event.event_type = 'placed' then event.order_key end) as placed_orders,
        sum(case when event.event_type = 'placed' then event.event_amount else 0 end) as placed_amount,
        sum(case when event.event_type = 'placed' then event.event_amount * event.base_rate else 0 end) as placed_base_amount,
        count(distinct case when event.event_type = 'paid' then event.order_key end) as paid_orders,
        count(distinct case when event.event_type = 'paid' and event.customer_key <> -1 then event.customer_key end) as paying_buyers,
        sum(case when event.event_type = 'paid' then event.buyer_delta else 0 end) as paid_amount,
        sum(case when event.event_type = 'paid' then event.buyer_delta * event.base_rate else 0 end) as paid_base_amount,
        sum(case when event.event_type = 'paid' and event.is_sale then event.seller_delta else 0 end) as gross_sales_amount,
        sum(case when event.event_type = 'paid' and event.is_sale then event.seller_delta * event.base_rate else 0 end) as gross_sales_base_amount,
        sum(case when event.event_type <> 'paid' and event.is_sale then -event.seller_delta else 0 end) as refunds_amount,
        sum(case when event.event_type <> 'paid' and event.is_sale then -event.seller_delta * event.base_rate else 0 end) as refunds_base_amount,
        sum(case when event.event_type = 'paid' and event.is_sale and not event.is_gift then event.quantity_delta else 0 end) as units_sold,
        sum(case when event.event_type = 'paid' and event.is_gift then event.quantity_delta else 0 end) as gift_units,
        sum(case when event.event_type = 'refund_succeeded' and event.is_sale then -event.quantity_delta else 0 end) as refunded_units,
        sum(case when event.event_type = 'return_received' then event.event_quantity else 0 end) as returned_units,
        sum(case when event.event_type = 'deposit_paid' then event.event_amount else 0 end) as deposits_received_amount,
        sum(
            case event.event_type
                when 'deposit_paid' then event.event_amount
                when 'paid' then -event.event_amount
                when 'deposit_forfeited' then -event.event_amount
                else 0
            end
        ) as deposit_liability_change_amount,
        sum(
            case event.event_type
                when 'deposit_paid' then event.event_quantity
                when 'deposit_forfeited' then -event.event_quantity
                else 0
            end
        ) as presale_commitment_change_units,
        sum(case when event.event_type = 'deposit_forfeited' then event.event_amount else 0 end)
        + sum(case when event.is_other_income and not event.is_sale then event.seller_delta else 0 end) as other_income_amount,
        sum(case when event.event_type = 'refund_succeeded' then event.event_amount else 0 end) as compensation_amount
    from event
    group by
        event.business_date,
        event.shop_key,
        event.currency,
        event.row_kind
),

order_day as (
    select
        fct_order.paid_date as business_date,
        fct_order.shop_key,
        fct_order.currency,
        'orders' as row_kind,
        sum(fct_order.net_sales_order_day_amount) as net_sales_order_day_amount,
        max(case when fct_order.base_rate is null and fct_order.net_sales_order_day_amount <> 0 then 1 else 0 end) as lacks_rate,
        sum(fct_order.net_sales_order_day_amount * fct_order.base_rate) as net_sales_order_day_base_amount,
        sum(fct_order.gross_sales_amount - fct_order.net_sales_order_day_amount) as refunds_so_far_amount,
        sum(case when fct_order.has_open_refund then fct_order.gross_sales_amount else 0 end) as open_refund_gross_amount,
        max(fct_order.updated_at) as as_of_at
    from star.fct_order
    where fct_order.paid_date is not null
    group by
        fct_order.paid_date,
        fct_order.shop_key,
        fct_order.currency
)

select
    event_day.business_date,
    event_day.shop_key,
    dim_shop.shop_id,
    dim_shop.title as shop_title,
    event_day.currency,
    event_day.row_kind,
    event_day.placed_orders,
    cast(event_day.placed_amount as decimal(18, 4)) as placed_amount,
    event_day.paid_orders,
    event_day.paying_buyers,
    cast(event_day.paid_amount as decimal(18, 4)) as paid_amount,
    cast(event_day.gross_sales_amount as decimal(18, 4)) as gross_sales_amount,
    cast(event_day.refunds_amount as decimal(18, 4)) as refunds_amount,
    cast(event_day.gross_sales_amount - event_day.refunds_amount as decimal(18, 4)) as net_sales_amount,
    cast(coalesce(order_day.net_sales_order_day_amount, 0) as decimal(18, 4)) as net_sales_order_day_amount,
    cast(coalesce(order_day.refunds_so_far_amount, 0) as decimal(18, 4)) as refunds_so_far_amount,
    cast(order_day.open_refund_gross_amount as double) / nullif(cast(event_day.gross_sales_amount as double), 0) as refund_open_share,
    order_day.as_of_at,
    cast(event_day.units_sold as bigint) as units_sold,
    cast(event_day.gift_units as bigint) as gift_units,
    cast(event_day.refunded_units as bigint) as refunded_units,
    cast(event_day.returned_units as bigint) as returned_units,
    cast(event_day.deposits_received_amount as decimal(18, 4)) as deposits_received_amount,
    cast(event_day.deposit_liability_change_amount as decimal(18, 4)) as deposit_liability_change_amount,
    cast(event_day.presale_commitment_change_units as bigint) as presale_commitment_change_units,
    cast(event_day.other_income_amount as decimal(18, 4)) as other_income_amount,
    cast(event_day.compensation_amount as decimal(18, 4)) as compensation_amount,
    cast(case when event_day.lacks_rate = 0 then event_day.placed_base_amount end as decimal(18, 4)) as placed_base_amount,
    cast(case when event_day.lacks_rate = 0 then event_day.paid_base_amount end as decimal(18, 4)) as paid_base_amount,
    cast(case when event_day.lacks_rate = 0 then event_day.gross_sales_base_amount end as decimal(18, 4)) as gross_sales_base_amount,
    cast(case when event_day.lacks_rate = 0 then event_day.refunds_base_amount end as decimal(18, 4)) as refunds_base_amount,
    cast(case when event_day.lacks_rate = 0 then event_day.gross_sales_base_amount - event_day.refunds_base_amount end as decimal(18, 4)) as net_sales_base_amount,
    cast(case when coalesce(order_day.lacks_rate, 0) = 0 then coalesce(order_day.net_sales_order_day_base_amount, 0) end as decimal(18, 4)) as net_sales_order_day_base_amount
from event_day
left join order_day
    on event_day.business_date = order_day.business_date
    and event_day.shop_key = order_day.shop_key
    and event_day.currency = order_day.currency
    and event_day.row_kind = order_day.row_kind
left join star.dim_shop
    on event_day.shop_key = dim_shop.shop_key
