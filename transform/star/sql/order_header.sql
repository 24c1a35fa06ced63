/* transform/star/sql/order_header.sql
grain: [order_key]
title: {en: Order header, zh: 订单头}
description:
  en: Each platform order with its local days, its exchange rate and whether it is a sale, before its lines and refunds are added (fct_order is the table to ask).
  zh: 平台订单的当地日期、汇率与是否计入销售;明细与退款在 fct_order 中汇总。
materialize: {keys: order_key, partition_by: placed_date}
inputs:
  entity.shop: {match: {shop_key: shop_key}}
  star.exchange_rate_daily: {match: [{currency: currency, rate_date: placed_date}, {currency: currency, rate_date: paid_date}]}
audits:
  - {unique: [order_key]}
  - {not_null: [order_key, placed_date, sale_class, currency]}
  - sql: select order_key from entity.order__history group by order_key having min(_source) <> max(_source)
*/
with project as (
    select project.timezone
    from ops.project
),

-- What the newest version of the order does not state any more: a deposit stands as it was first stated, an amount as it
-- was last.
version as (
    select
        order__history.*,
        row_number() over (
            partition by order__history.order_key
            order by case when order__history.deposit_paid_at is null then 1 else 0 end, order__history.deposit_paid_at, order__history.updated_at
        ) as deposit_rank,
        row_number() over (
            partition by order__history.order_key
            order by case when order__history.shipping_paid_amount is null then 1 else 0 end, order__history.updated_at desc
        ) as shipping_rank,
        row_number() over (
            partition by order__history.order_key
            order by case when order__history.tax_collected_amount is null then 1 else 0 end, order__history.updated_at desc
        ) as tax_rank,
        row_number() over (
            partition by order__history.order_key
            order by case when order__history.buyer_paid_amount is null then 1 else 0 end, order__history.updated_at desc
        ) as paid_rank
    from entity.order__history
),

stated as (
    select
        version.order_key,
        max(case when version.deposit_rank = 1 then version.deposit_paid_at end) as deposit_paid_at,
        max(case when version.deposit_rank = 1 and version.deposit_paid_at is not null then version.deposit_amount end) as deposit_amount,
        max(case when version.shipping_rank = 1 then version.shipping_paid_amount end) as shipping_paid_amount,
        max(case when version.tax_rank = 1 then version.tax_collected_amount end) as tax_collected_amount,
        max(case when version.paid_rank = 1 then version.buyer_paid_amount end) as buyer_paid_amount
    from version
    group by version.order_key
),

zoned as (
    select
        orders.*,
        coalesce(shop.zone, project.timezone) as zone,
        shop.business_model,
        coalesce(orders.deposit_paid_at, stated.deposit_paid_at) as known_deposit_at,
        case when orders.deposit_paid_at is null then coalesce(stated.deposit_amount, orders.deposit_amount) else orders.deposit_amount end as known_deposit_amount,
        coalesce(orders.shipping_paid_amount, stated.shipping_paid_amount, 0) as known_shipping_amount,
        coalesce(orders.tax_collected_amount, stated.tax_collected_amount, 0) as known_tax_amount,
        coalesce(orders.buyer_paid_amount, stated.buyer_paid_amount) as known_paid_amount,
        case
            when orders.status in ('unpaid', 'deposit_paid') then null
            when orders.paid_at is not null then orders.paid_at
            when orders.status in ('paid', 'part_shipped', 'shipped', 'received', 'closed_refunded') then orders.placed_at
        end as paid_in_full_at
    from entity.order as orders
    cross join project
    left join entity.shop
        on orders.shop_key = shop.shop_key
    left join stated
        on orders.order_key = stated.order_key
),

dated as (
    select
        zoned.*,
        zoned.paid_at is null and zoned.paid_in_full_at is not null as is_paid_time_estimated,
        cast(at_timezone(zoned.placed_at, zoned.zone) as date) as placed_date,
        cast(at_timezone(zoned.known_deposit_at, zoned.zone) as date) as deposit_paid_date,
        cast(at_timezone(zoned.paid_in_full_at, zoned.zone) as date) as paid_date,
        cast(at_timezone(zoned.received_at, zoned.zone) as date) as received_date,
        cast(at_timezone(zoned.closed_at, zoned.zone) as date) as closed_date
    from zoned
),

excluded as (
    select
        dated.order_key,
        min(exclusion_rule.rule_id) as exclusion_rule
    from dated
    inner join entity.exclusion_rule
        on exclusion_rule.sku_code is null
        and coalesce(exclusion_rule.seller_flag, exclusion_rule.memo_contains, exclusion_rule.customer_ref) is not null
        and dated.placed_date >= exclusion_rule.from_on
        and (exclusion_rule.to_on is null or dated.placed_date <= exclusion_rule.to_on)
        and (exclusion_rule.shop_id is null or dated.shop_id = exclusion_rule.shop_id)
        and (exclusion_rule.seller_flag is null or dated.seller_flag = exclusion_rule.seller_flag)
        and (exclusion_rule.memo_contains is null or strpos(dated.seller_memo, exclusion_rule.memo_contains) > 0)
        and (exclusion_rule.customer_ref is null or dated.customer_ref = exclusion_rule.customer_ref)
    group by dated.order_key
),

classed as (
    select
        dated.*,
        excluded.exclusion_rule,
        dated.order_kind in ('difference_link', 'recharge', 'service')
        or coalesce(exclusion_rule.effect = 'other_income', false) as is_other_income,
        dated.order_kind not in ('difference_link', 'recharge', 'service')
        and coalesce(dated.group_state, '') <> 'failed'
        and coalesce(exclusion_rule.effect, 'staff') = 'staff' as needs_goods,
        case
            when excluded.exclusion_rule is not null then 'not_sale'
            when dated.order_kind in (
                'exchange', 'resend', 'sample', 'zero', 'gift_only', 'difference_link', 'recharge', 'service'
            ) then 'not_sale'
            when dated.business_model = 'self_operated' then 'not_sale' -- sell-out: units, our revenue is what the platform buys
            when dated.group_state = 'failed' or dated.status = 'closed_unpaid' then 'not_sale'
            when dated.group_state = 'forming' or dated.risk_state = 'held' or dated.paid_date is null then 'pending'
            else 'sale'
        end as sale_class
    from dated
    left join excluded
        on dated.order_key = excluded.order_key
    left join entity.exclusion_rule
        on excluded.exclusion_rule = exclusion_rule.rule_id
)

select
    classed.order_key,
    coalesce(classed.shop_key, -1) as shop_key,
    coalesce(classed.customer_key, -1) as customer_key,
    classed.shop_id,
    classed.order_id,
    coalesce(classed.checkout_id, classed.order_id) as checkout_id,
    classed.order_kind,
    classed.status,
    classed.sale_class,
    classed.sale_class = 'sale' as is_sale,
    classed.is_other_income,
    classed.needs_goods,
    classed.exclusion_rule,
    coalesce(classed.is_oversold, false) as is_oversold,
    classed.placed_at,
    classed.known_deposit_at as deposit_paid_at,
    classed.paid_in_full_at as paid_at,
    classed.is_paid_time_estimated,
    classed.shipped_at,
    classed.received_at,
    classed.closed_at,
    classed.promised_ship_at,
    classed.placed_date,
    classed.deposit_paid_date,
    classed.paid_date,
    classed.received_date,
    classed.closed_date,
    classed.zone,
    classed.currency,
    placed_rate.rate as placed_base_rate,
    paid_rate.rate as base_rate,
    coalesce(classed.known_deposit_amount, 0) as deposit_amount,
    coalesce(classed.order_discount_amount, 0) as order_discount_amount,
    classed.known_shipping_amount as shipping_paid_amount,
    classed.known_tax_amount as tax_collected_amount,
    coalesce(classed.other_charges_amount, 0) as other_charges_amount,
    classed.known_paid_amount as platform_paid_amount,
    classed.room_id,
    classed.video_id,
    classed.author_id,
    classed.utm_source,
    classed.utm_medium,
    classed.utm_campaign,
    classed.click_id,
    classed.coupon_code,
    classed.updated_at,
    classed._source as source,
    classed._extracted_at as seen_at
from classed
left join star.exchange_rate_daily as placed_rate
    on classed.currency = placed_rate.currency
    and classed.placed_date = placed_rate.rate_date
left join star.exchange_rate_daily as paid_rate
    on classed.currency = paid_rate.currency
    and classed.paid_date = paid_rate.rate_date
