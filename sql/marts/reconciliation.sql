/* sql/marts/reconciliation.sql
grain: [business_date, shop_key, currency]
title: {en: Reconciliation with the platforms, zh: 与平台对账}
description:
  en: Per shop and day, our paid amount against the platform's own figures, order by order and for the day; our receivable against the settlement; our units against those that left the warehouses. Each gap is broken down by reason, what is left over stands as itself, and a day is proved only when the platform's daily figure is there and agrees to the cent, and no order that is or may be of the day was kept out. Records kept out are counted by shop and day and repeated in each currency.
  zh: 各店铺每日:本方支付金额与平台逐单、按日数值核对,应收与结算核对,件数与仓库发货核对;差额按原因拆分,余下的如实列出;仅当平台日数值存在且分毫不差,且没有属于或可能属于该日的订单被隔离时,该日为“已核实”。被隔离记录按店铺与日计数,各币种行重复列示。
materialize: {incremental: business_date}
inputs:
  star.order_proof: paid_date
  star.fct_traffic_daily: traffic_date
  star.kept_out_daily: business_date
optional: [traffic_daily, settlement_line, shipment, fulfilment_order]
columns:
  business_date: {en: Day of the shop, zh: 业务日期}
  shop_key: {en: Key of the shop, zh: 店铺键}
  shop_id: {en: Shop, zh: 店铺编号}
  shop_title: {en: Title of the shop, zh: 店铺名称}
  paid_orders: {en: Orders paid in full, zh: 支付订单数, passport: orders_paid}
  paid_amount: {en: Our paid amount, zh: 本方支付金额, passport: paid_amount}
  platform_order_amount: {en: "The platform's payment figures, order by order", zh: 平台逐单实付}
  unexplained_amount: {en: "Platform less ours, where it states the order's payment", zh: 逐单差额, passport: unexplained_amount}
  orders_with_gap: {en: Orders with such a gap, zh: 有差额订单数}
  orders_without_platform_figure: {en: Orders for which the platform states no payment, zh: 平台未给实付的订单数}
  platform_daily_amount: {en: "The platform's own figure of the day", zh: 平台当日支付金额}
  daily_gap_amount: {en: "The day's figure less ours", zh: 当日差额}
  gap_from_orders_amount: {en: "of which in orders whose own figure differs", zh: 其中逐单差额}
  gap_left_amount: {en: "of which without a known reason (day's figure)", zh: 当日差额中原因不明}
  kept_out_orders: {en: Orders of the day of which a record was kept out, zh: 当日被隔离的订单数}
  maybe_kept_out_records: {en: Records kept out that may be of the day, zh: 可能属于当日的被隔离记录数}
  is_proved: {en: "Agrees to the cent, and nothing of the day was kept out", zh: "已核实:分毫不差且当日无被隔离订单"}
  daily_missing_reason: {en: Why there is no figure of the day, zh: 无平台日数值的原因}
  receivable_amount: {en: Due to us after refunds, zh: 退款后应收}
  settled_receivable_amount: {en: of which in orders settled, zh: 其中已结算订单应收}
  settled_goods_amount: {en: Settled for goods, zh: 结算货款}
  settlement_gap_amount: {en: Settled for goods less due, zh: 货款结算差额}
  gap_from_later_refunds_amount: {en: "of which refunds that succeeded after the order was settled, to be taken off a later bill", zh: 其中结算后退款(待后续账单扣回)}
  settlement_gap_left_amount: {en: of which without a known reason (settlement), zh: 货款结算差额中原因不明}
  settled_fees_amount: {en: "Fees, subsidies and all else that the bills hold of these orders beside goods (+ to us)", zh: 已结算订单的费用补贴等非货款项(+ 为应收)}
  unsettled_receivable_amount: {en: Due in orders that no bill holds yet (timing), zh: 未到账单订单应收(时间差)}
  settled_share: {en: Share settled, zh: 已结算比例, passport: settled_share}
  units_due: {en: Units to ship, zh: 应发件数}
  units_shipped: {en: Units shipped, zh: 已发件数}
  units_gap: {en: "Units to ship less units shipped; the two parts follow", zh: 应发减已发}
  units_not_shipped: {en: Units not shipped yet, zh: 未发件数}
  units_beyond_due: {en: "Units shipped beyond what the orders hold (gifts, resends and packages that no line names)", zh: 超出订单应发的件数(补发、赠品等)}
  quarantined_refunds: {en: Refunds kept out because they exceed what is due, zh: 被隔离的超额退款数}
audits:
  - {unique: [business_date, shop_key, currency]}
  - {conserves: paid_amount, with: mart.sales_daily.paid_amount}
  - sql: select * from mart.reconciliation where units_gap <> units_not_shipped - units_beyond_due
  - sql: select * from mart.reconciliation where settlement_gap_amount <> gap_from_later_refunds_amount + settlement_gap_left_amount
  - sql: select * from mart.reconciliation where daily_gap_amount <> gap_from_orders_amount + gap_left_amount
  - sql: select * from mart.reconciliation where paid_orders > 0 and abs(gap_left_amount) > 0.01
*/
with ours as (
    select
        order_proof.paid_date as business_date,
        order_proof.shop_key,
        order_proof.currency,
        count(*) as paid_orders,
        sum(order_proof.buyer_paid_amount) as paid_amount,
        sum(coalesce(order_proof.platform_paid_amount, 0)) as platform_order_amount,
        sum(coalesce(order_proof.unexplained_amount, 0)) as unexplained_amount,
        sum(case when abs(order_proof.unexplained_amount) > 0.01 then 1 else 0 end) as orders_with_gap,
        sum(case when order_proof.platform_paid_amount is null then 1 else 0 end) as orders_without_platform_figure,
        sum(order_proof.receivable_amount) as receivable_amount,
        sum(case when order_proof.is_settled then order_proof.receivable_amount else 0 end) as settled_receivable_amount,
        sum(coalesce(order_proof.settled_goods_amount, 0)) as settled_goods_amount,
        sum(coalesce(order_proof.later_refunds_amount, 0)) as later_refunds_amount,
        sum(coalesce(order_proof.settled_amount - order_proof.settled_goods_amount, 0)) as settled_fees_amount,
        sum(case when order_proof.units_due > order_proof.units_shipped then order_proof.units_due - order_proof.units_shipped else 0 end) as units_not_shipped,
        sum(case when order_proof.units_shipped > order_proof.units_due then order_proof.units_shipped - order_proof.units_due else 0 end) as units_beyond_due,
        sum(order_proof.units_due) as units_due,
        sum(order_proof.units_shipped) as units_shipped,
        sum(order_proof.quarantined_refunds) as quarantined_refunds
    from star.order_proof
    group by
        order_proof.paid_date,
        order_proof.shop_key,
        order_proof.currency
),

platform as (
    select
        fct_traffic_daily.traffic_date as business_date,
        fct_traffic_daily.shop_key,
        fct_traffic_daily.currency,
        sum(fct_traffic_daily.platform_paid_amount) as platform_daily_amount
    from star.fct_traffic_daily
    where fct_traffic_daily.is_shop_total
        and fct_traffic_daily.platform_paid_amount is not null
    group by
        fct_traffic_daily.traffic_date,
        fct_traffic_daily.shop_key,
        fct_traffic_daily.currency
),

-- A day whose only order was kept out is a day all the same.
shop_day as (
    select business_date, shop_key, currency from ours
    union
    select business_date, shop_key, currency from platform
    union
    select kept_out_daily.business_date, kept_out_daily.shop_key, dim_shop.currency
    from star.kept_out_daily
    inner join star.dim_shop
        on kept_out_daily.shop_key = dim_shop.shop_key
    where kept_out_daily.kept_out_orders > 0
),

compared as (
    select
        shop_day.business_date,
        shop_day.shop_key,
        shop_day.currency,
        coalesce(ours.paid_orders, 0) as paid_orders,
        coalesce(ours.paid_amount, 0) as paid_amount,
        coalesce(ours.platform_order_amount, 0) as platform_order_amount,
        coalesce(ours.unexplained_amount, 0) as unexplained_amount,
        coalesce(ours.orders_with_gap, 0) as orders_with_gap,
        coalesce(ours.orders_without_platform_figure, 0) as orders_without_platform_figure,
        platform.platform_daily_amount,
        coalesce(ours.receivable_amount, 0) as receivable_amount,
        coalesce(ours.settled_receivable_amount, 0) as settled_receivable_amount,
        coalesce(ours.settled_goods_amount, 0) as settled_goods_amount,
        coalesce(ours.later_refunds_amount, 0) as later_refunds_amount,
        coalesce(ours.settled_fees_amount, 0) as settled_fees_amount,
        coalesce(ours.units_not_shipped, 0) as units_not_shipped,
        coalesce(ours.units_beyond_due, 0) as units_beyond_due,
        coalesce(ours.units_due, 0) as units_due,
        coalesce(ours.units_shipped, 0) as units_shipped,
        coalesce(ours.quarantined_refunds, 0) + coalesce(kept_out_daily.kept_out_refunds, 0) as quarantined_refunds,
        coalesce(kept_out_daily.kept_out_orders, 0) as kept_out_orders,
        coalesce(kept_out_daily.maybe_kept_out_records, 0) as maybe_kept_out_records
    from shop_day
    left join ours
        on shop_day.business_date = ours.business_date
        and shop_day.shop_key = ours.shop_key
        and shop_day.currency = ours.currency
    left join platform
        on shop_day.business_date = platform.business_date
        and shop_day.shop_key = platform.shop_key
        and shop_day.currency = platform.currency
    left join star.kept_out_daily
        on shop_day.business_date = kept_out_daily.business_date
        and shop_day.shop_key = kept_out_daily.shop_key
)

select
    compared.business_date,
    compared.shop_key,
    dim_shop.shop_id,
    dim_shop.title as shop_title,
    compared.currency,
    compared.paid_orders,
    cast(compared.paid_amount as decimal(18, 4)) as paid_amount,
    cast(compared.platform_order_amount as decimal(18, 4)) as platform_order_amount,
    cast(compared.unexplained_amount as decimal(18, 4)) as unexplained_amount,
    cast(compared.orders_with_gap as bigint) as orders_with_gap,
    cast(compared.orders_without_platform_figure as bigint) as orders_without_platform_figure,
    cast(compared.platform_daily_amount as decimal(18, 4)) as platform_daily_amount,
    cast(compared.platform_daily_amount - compared.paid_amount as decimal(18, 4)) as daily_gap_amount,
    cast(case when compared.platform_daily_amount is not null then compared.unexplained_amount end as decimal(18, 4)) as gap_from_orders_amount,
    cast(compared.platform_daily_amount - compared.paid_amount - compared.unexplained_amount as decimal(18, 4)) as gap_left_amount,
    compared.kept_out_orders,
    compared.maybe_kept_out_records,
    coalesce(compared.platform_daily_amount = compared.paid_amount, false) and compared.kept_out_orders + compared.maybe_kept_out_records = 0 as is_proved,
    case when compared.platform_daily_amount is null then 'the platform gives no figure of the day' end as daily_missing_reason,
    cast(compared.receivable_amount as decimal(18, 4)) as receivable_amount,
    cast(compared.settled_receivable_amount as decimal(18, 4)) as settled_receivable_amount,
    cast(compared.settled_goods_amount as decimal(18, 4)) as settled_goods_amount,
    cast(compared.settled_goods_amount - compared.settled_receivable_amount as decimal(18, 4)) as settlement_gap_amount,
    cast(compared.later_refunds_amount as decimal(18, 4)) as gap_from_later_refunds_amount,
    cast(compared.settled_goods_amount - compared.settled_receivable_amount - compared.later_refunds_amount as decimal(18, 4)) as settlement_gap_left_amount,
    cast(compared.settled_fees_amount as decimal(18, 4)) as settled_fees_amount,
    cast(compared.receivable_amount - compared.settled_receivable_amount as decimal(18, 4)) as unsettled_receivable_amount,
    cast(compared.settled_receivable_amount as double) / nullif(cast(compared.receivable_amount as double), 0) as settled_share,
    cast(compared.units_due as bigint) as units_due,
    cast(compared.units_shipped as bigint) as units_shipped,
    cast(compared.units_due - compared.units_shipped as bigint) as units_gap,
    cast(compared.units_not_shipped as bigint) as units_not_shipped,
    cast(compared.units_beyond_due as bigint) as units_beyond_due,
    cast(compared.quarantined_refunds as bigint) as quarantined_refunds
from compared
left join star.dim_shop
    on compared.shop_key = dim_shop.shop_key
