/* transform/star/sql/fct_refund.sql
grain: [refund_line_key]
title: {en: Refund, zh: 售后退款}
description:
  en: One after-sales case on one order line, on the seller's side (what the buyer gets plus the subsidy clawed back). Only is_counted rows move money. A refund stated for a whole order is shared over its lines; one of an order older than the history has no line and is_orphan.
  zh: 一次售后在一条订单明细上的金额,按商家口径(退买家 + 追回补贴)。仅 is_counted 的行影响金额;整单退款按明细分摊;早于历史数据的订单退款标记 is_orphan。
materialize: {keys: order_key, partition_by: applied_date}
inputs:
  entity.shop: {match: {shop_key: shop_key}}
  star.exchange_rate_daily: {match: {currency: currency, rate_date: refund_date}}
audits:
  - {unique: [refund_line_key]}
  - {not_null: [refund_line_key, order_key, refund_goods_seller_amount, currency]}
  - sql: select * from star.fct_refund where refund_goods_seller_amount <> refund_goods_buyer_amount + subsidy_clawback_amount
  - sql: select * from star.fct_refund where is_counted and is_seller_borne and base_rate is null
  - sql: |
      select refund.refund_key
      from entity.refund
      left join star.fct_refund
          on refund.order_key = fct_refund.order_key
          and refund.refund_key = fct_refund.refund_key
      where fct_refund.refund_key is null
*/
with order_lines as (
    select
        order_line_priced.order_key,
        sum(order_line_priced.buyer_paid_amount - order_line_priced.buyer_paid_goods_amount) as charges_amount
    from star.order_line_priced
    group by order_line_priced.order_key
),

-- An order that we have without its lines is as one that we do not have.
refund as (
    select
        refund.*,
        coalesce(refund.succeeded_at, refund.applied_at, refund.updated_at) as money_at,
        order_lines.order_key is null as is_orphan,
        order_line_priced.order_line_key is not null as has_line,
        order_lines.charges_amount as order_charges_amount,
        coalesce(order_header.zone, shop.zone, project.timezone) as zone,
        case when order_lines.order_key is not null then order_header.paid_date end as order_paid_date,
        order_header.base_rate as order_base_rate
    from entity.refund
    cross join ops.project
    left join order_lines
        on refund.order_key = order_lines.order_key
    left join star.order_header
        on refund.order_key = order_header.order_key
    left join star.order_line_priced
        on refund.order_line_key = order_line_priced.order_line_key
        and refund.order_key = order_line_priced.order_key
    left join entity.shop
        on refund.shop_key = shop.shop_key
),

-- What is stated for a whole order, or for a line that the order does not have, is shared over the lines by what the buyer paid for them.
whole_order_line as (
    select
        refund.refund_key,
        order_line_priced.order_line_key,
        order_line_priced.line_id,
        order_line_priced.quantity,
        order_line_priced.is_gift,
        row_number() over (
            partition by refund.refund_key
            order by case when order_line_priced.is_gift then 1 else 0 end, order_line_priced.line_id
        ) as line_rank,
        cast(order_line_priced.buyer_paid_goods_amount * 10000 as bigint) as goods_weight,
        sum(order_line_priced.buyer_paid_goods_amount) over (partition by refund.refund_key) as order_goods_amount,
        case when refund.returned_at is null then 0 else coalesce(refund.returned_quantity, refund.quantity, 0) end as returned_quantity
    from refund
    inner join star.order_line_priced
        on refund.order_key = order_line_priced.order_key
    where not refund.is_orphan and not refund.has_line
),

-- Where postage is not stated apart, what goes beyond the goods is postage and charges, as far as the buyer paid any.
whole_order_amount as (
    select distinct
        refund.refund_key,
        refund.currency,
        coalesce(refund.buyer_amount, 0) - case
            when refund.shipping_amount is null
                and refund.buyer_amount > whole_order_line.order_goods_amount
                and refund.buyer_amount <= whole_order_line.order_goods_amount + refund.order_charges_amount
                then refund.buyer_amount - whole_order_line.order_goods_amount
            else 0
        end as goods_amount,
        coalesce(
            refund.shipping_amount,
            case
                when refund.buyer_amount > whole_order_line.order_goods_amount
                    and refund.buyer_amount <= whole_order_line.order_goods_amount + refund.order_charges_amount
                    then refund.buyer_amount - whole_order_line.order_goods_amount
                else 0
            end
        ) as shipping_amount,
        refund.clawback_amount
    from refund
    inner join whole_order_line
        on refund.refund_key = whole_order_line.refund_key
),

part as (
    select refund_key, currency, 'goods' as part_kind, goods_amount as amount
    from whole_order_amount
    union all
    select refund_key, currency, 'shipping' as part_kind, shipping_amount as amount
    from whole_order_amount
    union all
    select refund_key, currency, 'clawback' as part_kind, clawback_amount as amount
    from whole_order_amount
    where clawback_amount is not null
),

weighted as (
    select
        whole_order_line.refund_key,
        whole_order_line.order_line_key,
        whole_order_line.line_id,
        part.part_kind,
        case
            when part.amount * dim_currency.units_per_major = floor(part.amount * dim_currency.units_per_major) then dim_currency.unit_amount
            else cast(0.0001 as decimal(18, 4))
        end as unit_amount,
        cast(part.amount * case
            when part.amount * dim_currency.units_per_major = floor(part.amount * dim_currency.units_per_major) then dim_currency.units_per_major
            else 10000
        end as bigint) as amount_units,
        case
            when sum(whole_order_line.goods_weight) over (partition by whole_order_line.refund_key, part.part_kind) > 0
                then whole_order_line.goods_weight
            when whole_order_line.line_rank = 1 then 1
            else 0
        end as weight
    from whole_order_line
    inner join part
        on whole_order_line.refund_key = part.refund_key
    inner join star.dim_currency
        on part.currency = dim_currency.currency
),

product_of_units as (
    select
        weighted.*,
        cast(weighted.amount_units as decimal(38, 0)) * weighted.weight as unit_product,
        cast(sum(weighted.weight) over (partition by weighted.refund_key, weighted.part_kind) as decimal(38, 0)) as total_weight
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
        floor_share.amount_units - sum(floor_share.floor_units) over (partition by floor_share.refund_key, floor_share.part_kind) as units_left,
        row_number() over (
            partition by floor_share.refund_key, floor_share.part_kind
            order by floor_share.remainder desc, floor_share.line_id
        ) as remainder_rank
    from floor_share
),

part_share as (
    select
        ranked_share.refund_key,
        ranked_share.order_line_key,
        ranked_share.part_kind,
        cast((ranked_share.floor_units + case when ranked_share.remainder_rank <= ranked_share.units_left then 1 else 0 end) * ranked_share.unit_amount as decimal(18, 4)) as share_amount
    from ranked_share
    where ranked_share.weight > 0
),

-- Pieces that came back of a whole order: to goods before gifts, by the lines' pieces and never more than a line had.
piece_group as (
    select
        whole_order_line.refund_key,
        whole_order_line.order_line_key,
        whole_order_line.line_id,
        whole_order_line.quantity,
        whole_order_line.is_gift,
        whole_order_line.returned_quantity,
        cast(sum(whole_order_line.quantity) over (partition by whole_order_line.refund_key, whole_order_line.is_gift) as bigint) as group_quantity,
        cast(sum(case when whole_order_line.is_gift then 0 else whole_order_line.quantity end) over (partition by whole_order_line.refund_key) as bigint) as goods_quantity
    from whole_order_line
    where whole_order_line.quantity > 0
        and whole_order_line.returned_quantity > 0
),

piece_part as (
    select
        piece_group.*,
        case
            when piece_group.is_gift and piece_group.returned_quantity <= piece_group.goods_quantity then 0
            when piece_group.is_gift and piece_group.returned_quantity - piece_group.goods_quantity < piece_group.group_quantity
                then piece_group.returned_quantity - piece_group.goods_quantity
            when not piece_group.is_gift and piece_group.returned_quantity < piece_group.group_quantity then piece_group.returned_quantity
            else piece_group.group_quantity
        end as pieces
    from piece_group
),

piece_floor as (
    select
        piece_part.*,
        mod(piece_part.pieces * piece_part.quantity, piece_part.group_quantity) as remainder,
        cast((piece_part.pieces * piece_part.quantity - mod(piece_part.pieces * piece_part.quantity, piece_part.group_quantity)) / piece_part.group_quantity as bigint) as floor_pieces
    from piece_part
),

piece_ranked as (
    select
        piece_floor.*,
        piece_floor.pieces - sum(piece_floor.floor_pieces) over (partition by piece_floor.refund_key, piece_floor.is_gift) as pieces_left,
        row_number() over (partition by piece_floor.refund_key, piece_floor.is_gift order by piece_floor.remainder desc, piece_floor.line_id) as remainder_rank
    from piece_floor
),

line_part as (
    select part_share.refund_key, part_share.order_line_key, part_share.part_kind, part_share.share_amount, 0 as returned_quantity
    from part_share
    union all
    select
        piece_ranked.refund_key,
        piece_ranked.order_line_key,
        'pieces' as part_kind,
        cast(0 as decimal(18, 4)) as share_amount,
        piece_ranked.floor_pieces + case when piece_ranked.remainder_rank <= piece_ranked.pieces_left then 1 else 0 end as returned_quantity
    from piece_ranked
    where piece_ranked.pieces > 0
),

shared as (
    select
        line_part.refund_key,
        line_part.order_line_key,
        cast(sum(line_part.returned_quantity) as bigint) as returned_quantity,
        cast(sum(case when line_part.part_kind = 'goods' then line_part.share_amount else 0 end) as decimal(18, 4)) as buyer_amount,
        cast(sum(case when line_part.part_kind = 'shipping' then line_part.share_amount else 0 end) as decimal(18, 4)) as shipping_amount,
        cast(sum(case when line_part.part_kind = 'clawback' then line_part.share_amount end) as decimal(18, 4)) as clawback_amount
    from line_part
    group by
        line_part.refund_key,
        line_part.order_line_key
),

refund_line as (
    select
        refund.refund_key as refund_line_key,
        refund.refund_key,
        case when refund.has_line then refund.order_line_key else -1 end as order_line_key,
        false as is_line_assumed,
        refund.quantity,
        case when refund.returned_at is null then 0 else coalesce(refund.returned_quantity, refund.quantity, 0) end as returned_quantity,
        coalesce(refund.buyer_amount, 0) as buyer_amount,
        coalesce(refund.shipping_amount, 0) as shipping_amount,
        refund.clawback_amount
    from refund
    where refund.has_line or refund.is_orphan

    union all

    select
        key63(refund.shop_id || chr(31) || refund.refund_id || chr(31) || refund.line_id || chr(31) || order_line_priced.line_id) as refund_line_key,
        refund.refund_key,
        shared.order_line_key,
        true as is_line_assumed,
        cast(null as bigint) as quantity,
        shared.returned_quantity,
        shared.buyer_amount,
        shared.shipping_amount,
        shared.clawback_amount
    from shared
    inner join refund
        on shared.refund_key = refund.refund_key
    inner join star.order_line_priced
        on shared.order_line_key = order_line_priced.order_line_key
),

-- Of a line, too: what goes beyond its goods is postage and charges where they are not stated apart, as far as the order
-- has any that are not yet refunded.
line_goods as (
    select
        refund_line.refund_line_key,
        refund.order_key,
        refund_line.order_line_key,
        refund.money_at,
        not refund_line.is_line_assumed and refund.shipping_amount is null as may_hold_shipping,
        sum(refund_line.buyer_amount) over (
            partition by refund_line.order_line_key
            order by refund.money_at, refund_line.refund_line_key
            rows between unbounded preceding and current row
        ) - order_line_priced.buyer_paid_goods_amount as beyond_amount
    from refund_line
    inner join refund
        on refund_line.refund_key = refund.refund_key
    inner join star.order_line_priced
        on refund_line.order_line_key = order_line_priced.order_line_key
    where refund.status = 'succeeded'
        and refund.borne_by = 'seller'
        and refund.kind in ('unshipped', 'refund_only', 'return_refund', 'rejected', 'price_protection')
),

line_beyond as (
    select
        line_goods.*,
        case when line_goods.beyond_amount > 0 then line_goods.beyond_amount else 0 end - coalesce(
            lag(case when line_goods.beyond_amount > 0 then line_goods.beyond_amount else 0 end) over (
                partition by line_goods.order_line_key
                order by line_goods.money_at, line_goods.refund_line_key
            ),
            0
        ) as added_amount
    from line_goods
),

stated_shipping as (
    select
        refund.order_key,
        sum(refund_line.shipping_amount + case when refund.kind = 'postage' then refund_line.buyer_amount else 0 end) as shipping_amount
    from refund_line
    inner join refund
        on refund_line.refund_key = refund.refund_key
    where refund.status = 'succeeded'
        and refund.borne_by = 'seller'
    group by refund.order_key
),

order_beyond as (
    select
        line_beyond.refund_line_key,
        line_beyond.added_amount,
        sum(line_beyond.added_amount) over (
            partition by line_beyond.order_key
            order by line_beyond.money_at, line_beyond.refund_line_key
            rows between unbounded preceding and current row
        ) as beyond_so_far,
        order_lines.charges_amount - coalesce(stated_shipping.shipping_amount, 0) as room_amount
    from line_beyond
    inner join order_lines
        on line_beyond.order_key = order_lines.order_key
    left join stated_shipping
        on line_beyond.order_key = stated_shipping.order_key
    where line_beyond.may_hold_shipping
        and line_beyond.added_amount > 0
),

line_shipping as (
    select
        order_beyond.refund_line_key,
        cast(
            case
                when order_beyond.beyond_so_far <= order_beyond.room_amount then order_beyond.added_amount
                else order_beyond.room_amount - (order_beyond.beyond_so_far - order_beyond.added_amount)
            end
            as decimal(18, 4)
        ) as shipping_amount
    from order_beyond
    where order_beyond.beyond_so_far - order_beyond.added_amount < order_beyond.room_amount
),

classed as (
    select
        refund_line.refund_line_key,
        refund_line.refund_key,
        refund_line.order_line_key,
        refund_line.is_line_assumed,
        refund.order_key,
        coalesce(refund.shop_key, -1) as shop_key,
        coalesce(order_line_priced.customer_key, -1) as customer_key,
        coalesce(order_line_priced.product_key, -1) as product_key,
        refund.refund_id,
        refund.order_id,
        refund.kind,
        refund.status,
        refund.borne_by,
        refund.reason,
        refund.is_orphan,
        coalesce(order_line_priced.is_sale, refund.is_orphan) as is_sale,
        refund.status = 'succeeded' as is_succeeded,
        refund.borne_by = 'seller' as is_seller_borne,
        refund.kind in ('unshipped', 'refund_only', 'return_refund', 'rejected', 'price_protection') as is_goods_kind,
        refund.succeeded_at is null and refund.status = 'succeeded' as is_time_estimated,
        refund.applied_at,
        refund.money_at as succeeded_at,
        refund.returned_at,
        cast(at_timezone(refund.applied_at, refund.zone) as date) as applied_date,
        case when refund.status = 'succeeded' then cast(at_timezone(refund.money_at, refund.zone) as date) end as refund_date,
        cast(at_timezone(refund.returned_at, refund.zone) as date) as returned_date,
        refund.updated_at,
        case when refund.status = 'closed' then cast(at_timezone(refund.updated_at, refund.zone) as date) end as closed_date,
        refund.order_paid_date,
        refund.order_base_rate,
        refund.returned_condition,
        case when refund.kind in ('unshipped', 'refund_only', 'return_refund', 'rejected') then coalesce(refund_line.quantity, 0) else 0 end as refunded_quantity,
        refund_line.returned_quantity,
        cast(refund_line.buyer_amount - coalesce(line_shipping.shipping_amount, 0) as decimal(18, 4)) as buyer_amount,
        case when refund.kind = 'postage' then refund_line.shipping_amount + refund_line.buyer_amount else refund_line.shipping_amount end
        + coalesce(line_shipping.shipping_amount, 0) as shipping_amount,
        refund_line.clawback_amount as stated_clawback_amount,
        coalesce(order_line_priced.quantity, 0) as line_quantity,
        coalesce(order_line_priced.subsidy_amount, 0) as line_subsidy_amount,
        coalesce(order_line_priced.buyer_paid_goods_amount, 0) as line_buyer_amount,
        order_line_priced.seller_due_amount as line_due_amount,
        refund.currency,
        refund._extracted_at as seen_at
    from refund_line
    inner join refund
        on refund_line.refund_key = refund.refund_key
    left join line_shipping
        on refund_line.refund_line_key = line_shipping.refund_line_key
    left join star.order_line_priced
        on refund_line.order_line_key = order_line_priced.order_line_key
),

-- Running sums over the counted refunds of a line, in the order they succeeded.
running as (
    select
        classed.refund_line_key,
        classed.order_line_key,
        classed.succeeded_at,
        classed.buyer_amount,
        classed.stated_clawback_amount,
        classed.line_subsidy_amount,
        classed.line_due_amount,
        classed.line_buyer_amount,
        classed.line_quantity,
        dim_currency.units_per_major,
        dim_currency.unit_amount,
        sum(classed.buyer_amount) over history as buyer_so_far,
        sum(classed.refunded_quantity) over history as quantity_so_far,
        sum(coalesce(classed.stated_clawback_amount, 0)) over history as stated_so_far
    from classed
    inner join star.dim_currency
        on classed.currency = dim_currency.currency
    where classed.is_succeeded and classed.is_seller_borne and classed.is_goods_kind and not classed.is_orphan
    window history as (
        partition by classed.order_line_key
        order by classed.succeeded_at, classed.refund_line_key
        rows between unbounded preceding and current row
    )
),

-- What the rule claws back once this refund is made: all of the subsidy when the buyer's money is back in full, else by pieces.
rule_clawback as (
    select
        running.*,
        case
            when running.line_buyer_amount > 0 and running.buyer_so_far >= running.line_buyer_amount then running.line_subsidy_amount
            when running.quantity_so_far >= running.line_quantity then running.line_subsidy_amount
            else cast(
                (
                    2 * running.line_subsidy_amount * running.units_per_major * running.quantity_so_far + running.line_quantity
                    - mod(2 * running.line_subsidy_amount * running.units_per_major * running.quantity_so_far + running.line_quantity, 2 * running.line_quantity)
                ) / (2 * running.line_quantity) as bigint
            ) * running.unit_amount
        end as ruled_so_far
    from running
),

-- A stated clawback counts as stated; the rule tops up what it finds missing.
clawback_so_far as (
    select
        rule_clawback.*,
        rule_clawback.stated_so_far + coalesce(
            max(
                case
                    when rule_clawback.stated_clawback_amount is null and rule_clawback.ruled_so_far > rule_clawback.stated_so_far
                        then rule_clawback.ruled_so_far - rule_clawback.stated_so_far
                    else 0
                end
            ) over (
                partition by rule_clawback.order_line_key
                order by rule_clawback.succeeded_at, rule_clawback.refund_line_key
                rows between unbounded preceding and current row
            ),
            0
        ) as clawback_amount_so_far
    from rule_clawback
),

counted as (
    select
        clawback_so_far.refund_line_key,
        clawback_so_far.clawback_amount_so_far - coalesce(
            lag(clawback_so_far.clawback_amount_so_far) over (
                partition by clawback_so_far.order_line_key
                order by clawback_so_far.succeeded_at, clawback_so_far.refund_line_key
            ),
            0
        ) as clawback_amount,
        clawback_so_far.buyer_so_far + clawback_so_far.clawback_amount_so_far > clawback_so_far.line_due_amount + 0.01 as is_above_due
    from clawback_so_far
),

priced as (
    select
        classed.*,
        coalesce(counted.is_above_due, false) as is_above_due,
        classed.is_succeeded and not coalesce(counted.is_above_due, false) as is_counted,
        classed.is_succeeded and classed.is_goods_kind and classed.is_seller_borne and not coalesce(counted.is_above_due, false) as is_goods_counted,
        coalesce(counted.clawback_amount, classed.stated_clawback_amount, 0) as clawback_amount,
        refund_rate.rate as refund_day_rate,
        case when classed.is_orphan then refund_rate.rate else classed.order_base_rate end as base_rate
    from classed
    left join counted
        on classed.refund_line_key = counted.refund_line_key
    left join star.exchange_rate_daily as refund_rate
        on classed.currency = refund_rate.currency
        and classed.refund_date = refund_rate.rate_date
)

select
    priced.refund_line_key,
    priced.refund_key,
    priced.order_key,
    priced.order_line_key,
    priced.shop_key,
    priced.customer_key,
    priced.product_key,
    priced.refund_id,
    priced.order_id,
    priced.kind,
    priced.status,
    case
        when priced.kind = 'unshipped' then 'before_shipping'
        when priced.kind in ('return_refund', 'rejected') then 'goods_returned'
        else 'after_shipping'
    end as refund_stage,
    priced.borne_by,
    priced.reason,
    priced.is_counted,
    priced.is_seller_borne,
    priced.is_sale,
    priced.is_orphan,
    priced.is_line_assumed,
    priced.is_time_estimated,
    case when priced.is_above_due then 'refunds exceed what is due to the seller for the line' end as quarantine_reason,
    priced.applied_at,
    priced.succeeded_at,
    priced.returned_at,
    priced.updated_at,
    priced.applied_date,
    priced.refund_date,
    priced.returned_date,
    priced.closed_date,
    priced.order_paid_date,
    case when priced.is_counted then priced.refunded_quantity else 0 end as refunded_quantity,
    priced.returned_quantity,
    priced.returned_condition,
    cast(case when priced.is_goods_counted then priced.buyer_amount + priced.clawback_amount else 0 end as decimal(18, 4)) as refund_goods_seller_amount,
    cast(case when priced.is_goods_counted then priced.buyer_amount else 0 end as decimal(18, 4)) as refund_goods_buyer_amount,
    cast(case when priced.is_goods_counted then priced.clawback_amount else 0 end as decimal(18, 4)) as subsidy_clawback_amount,
    priced.is_goods_counted and priced.stated_clawback_amount is null and priced.line_subsidy_amount > 0 as is_clawback_assumed,
    cast(case when priced.is_counted and priced.is_seller_borne then priced.shipping_amount else 0 end as decimal(18, 4)) as refund_shipping_amount,
    cast(case when priced.is_counted and priced.is_seller_borne and priced.kind = 'compensation' then priced.buyer_amount else 0 end as decimal(18, 4)) as compensation_amount,
    cast(case when priced.is_counted and not priced.is_seller_borne then priced.buyer_amount + priced.shipping_amount else 0 end as decimal(18, 4)) as refund_borne_by_others_amount,
    priced.currency,
    priced.base_rate,
    cast(
        case when priced.is_goods_counted then priced.buyer_amount + priced.clawback_amount else 0 end
        * (priced.base_rate - priced.refund_day_rate)
        as decimal(18, 4)
    ) as fx_difference_base_amount,
    priced.seen_at
from priced
