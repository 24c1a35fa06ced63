/* transform/star/sql/fct_order_discount.sql
grain: [order_discount_key]
title: {en: Order discount, zh: 订单优惠}
description:
  en: One discount on one line and who bears it; what the platform gives for the whole order is shared over its non-gift lines by what is due for them.
  zh: 一条订单明细上的一项优惠及承担方;整单优惠按非赠品明细应收货款分摊。
materialize: {keys: order_key}
audits:
  - {unique: [order_discount_key]}
  - {not_null: [order_discount_key, order_key, amount]}
  - {conserves: amount, with: entity.order_discount.amount}
*/
with bearer as (
    select
        order_discount.order_discount_key,
        order_line.order_line_key,
        order_line.line_id,
        order_discount.amount,
        case
            when order_discount.amount * dim_currency.units_per_major = floor(order_discount.amount * dim_currency.units_per_major) then dim_currency.unit_amount
            else cast(0.0001 as decimal(18, 4))
        end as unit_amount,
        cast(abs(order_discount.amount) * case
            when order_discount.amount * dim_currency.units_per_major = floor(order_discount.amount * dim_currency.units_per_major) then dim_currency.units_per_major
            else 10000
        end as bigint) as amount_units,
        case
            when sum(case when order_line.is_gift then 0 else order_line.seller_due_amount end) over (partition by order_discount.order_discount_key) > 0
                then cast(case when order_line.is_gift then 0 else order_line.seller_due_amount end * 10000 as bigint)
            when row_number() over (
                partition by order_discount.order_discount_key
                order by case when order_line.is_gift then 1 else 0 end, order_line.line_id
            ) = 1 then 1
            else 0
        end as weight
    from entity.order_discount
    inner join entity.order_line
        on order_discount.order_key = order_line.order_key
    inner join star.dim_currency
        on order_discount.currency = dim_currency.currency
    where order_discount.line_id = ''
),

product_of_units as (
    select
        bearer.*,
        cast(bearer.amount_units as decimal(38, 0)) * bearer.weight as unit_product,
        cast(sum(bearer.weight) over (partition by bearer.order_discount_key) as decimal(38, 0)) as total_weight
    from bearer
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
        floor_share.amount_units - sum(floor_share.floor_units) over (partition by floor_share.order_discount_key) as units_left,
        row_number() over (
            partition by floor_share.order_discount_key
            order by floor_share.remainder desc, floor_share.line_id
        ) as remainder_rank
    from floor_share
),

discount_line as (
    select
        order_discount.order_discount_key as source_discount_key,
        order_discount.order_discount_key,
        order_discount.order_line_key,
        order_discount.amount
    from entity.order_discount
    left join (select distinct ranked_share.order_discount_key from ranked_share) as spread
        on order_discount.order_discount_key = spread.order_discount_key
    where spread.order_discount_key is null

    union all

    select
        ranked_share.order_discount_key as source_discount_key,
        key63(cast(ranked_share.order_discount_key as varchar) || chr(31) || ranked_share.line_id) as order_discount_key,
        ranked_share.order_line_key,
        cast(sign(ranked_share.amount) * (ranked_share.floor_units + case when ranked_share.remainder_rank <= ranked_share.units_left then 1 else 0 end) * ranked_share.unit_amount as decimal(18, 4)) as amount
    from ranked_share
)

select
    discount_line.order_discount_key,
    coalesce(discount_line.order_line_key, -1) as order_line_key,
    order_discount.order_key,
    order_discount.promotion_id,
    order_discount.bearer,
    order_discount.is_bearer_assumed,
    order_discount.line_id = '' as is_shared_from_order,
    discount_line.amount,
    order_discount.currency
from discount_line
inner join entity.order_discount
    on discount_line.source_discount_key = order_discount.order_discount_key
