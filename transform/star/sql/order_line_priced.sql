/* transform/star/sql/order_line_priced.sql
grain: [order_line_key]
title: {en: Priced order line, zh: 订单明细计价}
description:
  en: Each order line with its share of what the platform states for the whole order only (discount, postage, tax, other charges, deposit), by largest remainder in the currency's smallest unit, ties to the smallest line id. Refunds are added in fct_order_line.
  zh: 订单明细,含整单优惠、邮费、税费、其他费用与定金的分摊(最大余数法,最小货币单位,余数相同归最小明细编号);退款在 fct_order_line 中计入。
materialize: {keys: order_key, partition_by: placed_date}
audits:
  - {unique: [order_line_key]}
  - {not_null: [order_line_key, order_key, seller_due_amount, currency]}
*/
with line as (
    select
        order_line.order_line_key,
        order_line.order_key,
        coalesce(order_line.product_key, -1) as product_key,
        coalesce(key63(order_line.shop_id || chr(31) || order_line.item_id || chr(31) || coalesce(order_line.platform_sku_id, '')), -1) as listing_key,
        order_line.line_id,
        order_line.sku_code,
        order_line.quantity,
        order_line.is_gift,
        order_line.list_amount,
        order_line.seller_discount_amount,
        order_line.platform_subsidy_amount,
        order_line.creator_subsidy_amount,
        order_line.payment_subsidy_amount,
        order_line.seller_due_amount,
        order_line.buyer_paid_goods_amount,
        order_line._source as line_source,
        order_header.shop_key,
        order_header.customer_key,
        order_header.shop_id,
        order_header.order_id,
        order_header.placed_at,
        order_header.placed_date,
        order_header.paid_date,
        order_header.is_sale as is_order_sale,
        order_header.exclusion_rule as order_exclusion_rule,
        order_header.currency,
        order_header.base_rate,
        order_header.source as order_source,
        order_header.seen_at
    from entity.order_line
    inner join star.order_header
        on order_line.order_key = order_header.order_key
),

excluded_line as (
    select
        line.order_line_key,
        min(exclusion_rule.rule_id) as exclusion_rule
    from line
    inner join entity.exclusion_rule
        on line.sku_code = exclusion_rule.sku_code
        and line.placed_date >= exclusion_rule.from_on
        and (exclusion_rule.to_on is null or line.placed_date <= exclusion_rule.to_on)
        and (exclusion_rule.shop_id is null or line.shop_id = exclusion_rule.shop_id)
    group by line.order_line_key
),

charge as (
    select order_key, currency, 'discount' as charge_kind, order_discount_amount as amount
    from star.order_header
    where order_discount_amount <> 0
    union all
    select order_key, currency, 'shipping' as charge_kind, shipping_paid_amount as amount
    from star.order_header
    where shipping_paid_amount <> 0
    union all
    select order_key, currency, 'tax' as charge_kind, tax_collected_amount as amount
    from star.order_header
    where tax_collected_amount <> 0
    union all
    select order_key, currency, 'other' as charge_kind, other_charges_amount as amount
    from star.order_header
    where other_charges_amount <> 0
    union all
    select order_key, currency, 'deposit' as charge_kind, deposit_amount as amount
    from star.order_header
    where deposit_amount <> 0 and deposit_paid_date is not null
),

-- The smallest unit; an amount finer than it is shared in the fourth decimal, so that nothing is lost.
charge_unit as (
    select
        charge.order_key,
        charge.charge_kind,
        charge.amount,
        case
            when charge.amount * dim_currency.units_per_major = floor(charge.amount * dim_currency.units_per_major)
                then dim_currency.units_per_major
            else 10000
        end as units_per_major,
        case
            when charge.amount * dim_currency.units_per_major = floor(charge.amount * dim_currency.units_per_major)
                then dim_currency.unit_amount
            else cast(0.0001 as decimal(18, 4))
        end as unit_amount
    from charge
    inner join star.dim_currency
        on charge.currency = dim_currency.currency
),

-- Non-gift lines bear the charges by their goods amount; an order of gifts only has its first line bear them.
bearer as (
    select
        line.order_key,
        line.order_line_key,
        line.line_id,
        case when line.is_gift then 0 else cast(line.seller_due_amount * 10000 as bigint) end as goods_weight,
        row_number() over (
            partition by line.order_key
            order by case when line.is_gift then 1 else 0 end, line.line_id
        ) as bearer_rank
    from line
),

weighted as (
    select
        bearer.order_key,
        bearer.order_line_key,
        bearer.line_id,
        charge_unit.charge_kind,
        charge_unit.amount,
        charge_unit.unit_amount,
        cast(abs(charge_unit.amount) * charge_unit.units_per_major as bigint) as amount_units,
        case
            when sum(bearer.goods_weight) over (partition by bearer.order_key, charge_unit.charge_kind) > 0 then bearer.goods_weight
            when bearer.bearer_rank = 1 then 1
            else 0
        end as weight
    from bearer
    inner join charge_unit
        on bearer.order_key = charge_unit.order_key
),

product_of_units as (
    select
        weighted.*,
        cast(weighted.amount_units as decimal(38, 0)) * weighted.weight as unit_product,
        cast(sum(weighted.weight) over (partition by weighted.order_key, weighted.charge_kind) as decimal(38, 0)) as total_weight
    from weighted
),

floor_share as (
    select
        product_of_units.*,
        mod(product_of_units.unit_product, product_of_units.total_weight) as remainder,
        cast((product_of_units.unit_product - mod(product_of_units.unit_product, product_of_units.total_weight)) / product_of_units.total_weight as bigint) as floor_units
    from product_of_units
),

ranked_share as (
    select
        floor_share.*,
        floor_share.amount_units - sum(floor_share.floor_units) over (partition by floor_share.order_key, floor_share.charge_kind) as units_left,
        row_number() over (
            partition by floor_share.order_key, floor_share.charge_kind
            order by floor_share.remainder desc, floor_share.line_id
        ) as remainder_rank
    from floor_share
),

charge_share as (
    select
        ranked_share.order_line_key,
        ranked_share.charge_kind,
        cast(
            sign(ranked_share.amount)
            * (ranked_share.floor_units + case when ranked_share.remainder_rank <= ranked_share.units_left then 1 else 0 end)
            * ranked_share.unit_amount
            as decimal(18, 4)
        ) as share_amount
    from ranked_share
),

line_charge as (
    select
        charge_share.order_line_key,
        cast(sum(case when charge_share.charge_kind = 'discount' then charge_share.share_amount else 0 end) as decimal(18, 4)) as order_discount_share_amount,
        cast(sum(case when charge_share.charge_kind = 'shipping' then charge_share.share_amount else 0 end) as decimal(18, 4)) as shipping_paid_amount,
        cast(sum(case when charge_share.charge_kind = 'tax' then charge_share.share_amount else 0 end) as decimal(18, 4)) as tax_collected_amount,
        cast(sum(case when charge_share.charge_kind = 'other' then charge_share.share_amount else 0 end) as decimal(18, 4)) as other_charges_amount,
        cast(sum(case when charge_share.charge_kind = 'deposit' then charge_share.share_amount else 0 end) as decimal(18, 4)) as deposit_amount
    from charge_share
    group by charge_share.order_line_key
)

select
    line.order_line_key,
    line.order_key,
    line.shop_key,
    line.customer_key,
    line.product_key,
    line.listing_key,
    line.shop_id,
    line.order_id,
    line.line_id,
    line.sku_code,
    line.placed_at,
    line.placed_date,
    line.paid_date,
    line.quantity,
    line.is_gift,
    line.is_order_sale and excluded_line.exclusion_rule is null as is_sale,
    coalesce(line.order_exclusion_rule, excluded_line.exclusion_rule) as exclusion_rule,
    line.list_amount,
    cast(line.seller_discount_amount + coalesce(line_charge.order_discount_share_amount, 0) as decimal(18, 4)) as seller_discount_amount,
    cast(line.seller_due_amount - coalesce(line_charge.order_discount_share_amount, 0) as decimal(18, 4)) as seller_due_amount,
    line.platform_subsidy_amount,
    line.creator_subsidy_amount,
    line.payment_subsidy_amount,
    cast(line.platform_subsidy_amount + line.creator_subsidy_amount + line.payment_subsidy_amount as decimal(18, 4)) as subsidy_amount,
    cast(line.buyer_paid_goods_amount - coalesce(line_charge.order_discount_share_amount, 0) as decimal(18, 4)) as buyer_paid_goods_amount,
    coalesce(line_charge.shipping_paid_amount, 0) as shipping_paid_amount,
    coalesce(line_charge.tax_collected_amount, 0) as tax_collected_amount,
    coalesce(line_charge.other_charges_amount, 0) as other_charges_amount,
    cast(
        line.buyer_paid_goods_amount
        - coalesce(line_charge.order_discount_share_amount, 0)
        + coalesce(line_charge.shipping_paid_amount, 0)
        + coalesce(line_charge.tax_collected_amount, 0)
        + coalesce(line_charge.other_charges_amount, 0)
        as decimal(18, 4)
    ) as buyer_paid_amount,
    coalesce(line_charge.deposit_amount, 0) as deposit_amount,
    line.currency,
    line.base_rate,
    line.line_source = line.order_source as is_same_source_as_order,
    line.seen_at
from line
left join line_charge
    on line.order_line_key = line_charge.order_line_key
left join excluded_line
    on line.order_line_key = excluded_line.order_line_key
