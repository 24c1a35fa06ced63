/* transform/star/sql/fct_order_component.sql
grain: [order_component_key]
title: {en: Order component, zh: 订单明细组件}
description:
  en: One stock SKU inside an order line, with its units and its share of the line's money. A bundle is split by the source's own split where that carries money for the whole line, else by the recipe valid when the order was placed (weight = reference price x quantity). Gifts that the ERP added hang on their order with no money (origin fulfilment). Demand and stock read this table, never the line.
  zh: 订单明细内的每个库存 SKU,含件数与金额分摊。组合装优先用来源自带且金额完整的拆分,否则用下单时有效的配方(权重 = 参考价 × 数量)。ERP 追加的赠品挂在订单上,金额为 0。需求与库存只读本表。
materialize: {keys: order_key, partition_by: placed_date}
audits:
  - {unique: [order_component_key]}
  - {not_null: [order_key, product_key, quantity, seller_due_amount]}
  - {conserves: seller_due_amount, with: star.fct_order_line.seller_due_amount}
  - {conserves: net_sales_order_day_amount, with: star.fct_order_line.net_sales_order_day_amount}
  - sql: |
      select fct_order_line.order_line_key
      from star.fct_order_line
      left join star.fct_order_component
          on fct_order_line.order_line_key = fct_order_component.order_line_key
      group by fct_order_line.order_line_key, fct_order_line.seller_due_amount
      having coalesce(sum(fct_order_component.seller_due_amount), 0) <> fct_order_line.seller_due_amount
*/
with line as (
    select
        fct_order_line.order_line_key,
        fct_order_line.order_key,
        fct_order_line.shop_key,
        fct_order_line.product_key,
        fct_order_line.sku_code,
        fct_order_line.quantity,
        fct_order_line.is_gift,
        fct_order_line.is_sale,
        fct_order_line.placed_date,
        fct_order_line.paid_date,
        fct_order_line.seller_due_amount,
        fct_order_line.net_sales_order_day_amount,
        fct_order_line.currency,
        order_header.placed_at,
        order_header.deposit_paid_date,
        order_header.closed_date,
        order_header.status,
        order_header.sale_class,
        order_header.needs_goods and (fct_order_line.exclusion_rule is null or fct_order_line.exclusion_rule = order_header.exclusion_rule) as needs_goods
    from star.fct_order_line
    inner join star.order_header
        on fct_order_line.order_key = order_header.order_key
),

source_split as (
    select
        fulfilment_live.order_line_key,
        fulfilment_live.product_key,
        fulfilment_live.sku_code,
        sum(fulfilment_live.quantity) as units,
        sum(fulfilment_live.amount) as amount,
        min(case when fulfilment_live.amount is null then 0 else 1 end) as is_amount_stated
    from star.fulfilment_live
    where fulfilment_live.order_line_key <> -1
        and fulfilment_live.bundle_sku_code is not null
    group by
        fulfilment_live.order_line_key,
        fulfilment_live.product_key,
        fulfilment_live.sku_code
),

split_total as (
    select
        source_split.order_line_key,
        sum(source_split.amount) as amount,
        min(source_split.is_amount_stated) as is_amount_stated
    from source_split
    group by source_split.order_line_key
),

recipe as (
    select
        line.order_line_key,
        bundle_component.component_key as product_key,
        bundle_component.component_sku_code as sku_code,
        line.quantity * bundle_component.quantity as units,
        cast(coalesce(bundle_component.reference_price_amount, 0) * 10000 as bigint) * bundle_component.quantity as weight
    from line
    inner join entity.bundle_component
        on line.product_key = bundle_component.bundle_key
        and bundle_component.valid_from_at <= line.placed_at
        and (bundle_component.valid_to_at is null or line.placed_at < bundle_component.valid_to_at)
),

split_choice as (
    select
        line.order_line_key,
        case
            when split_total.is_amount_stated = 1 and split_total.amount = line.seller_due_amount then 'source'
            when recipe_line.order_line_key is not null then 'recipe'
            when split_total.order_line_key is not null then 'source_units'
            else 'line'
        end as split_by
    from line
    left join split_total
        on line.order_line_key = split_total.order_line_key
    left join (select distinct recipe.order_line_key from recipe) as recipe_line
        on line.order_line_key = recipe_line.order_line_key
),

component as (
    select split_choice.order_line_key, split_choice.split_by, recipe.product_key, recipe.sku_code, recipe.units, recipe.weight
    from split_choice
    inner join recipe
        on split_choice.order_line_key = recipe.order_line_key
    where split_choice.split_by = 'recipe'
    union all
    select
        split_choice.order_line_key, split_choice.split_by, source_split.product_key, source_split.sku_code, cast(source_split.units as bigint) as units,
        case
            when split_choice.split_by = 'source' then cast(source_split.amount * 10000 as bigint)
            else cast(source_split.units as bigint)
        end as weight
    from split_choice
    inner join source_split
        on split_choice.order_line_key = source_split.order_line_key
    where split_choice.split_by in ('source', 'source_units')
    union all
    select split_choice.order_line_key, split_choice.split_by, line.product_key, line.sku_code, line.quantity as units, cast(1 as bigint) as weight
    from split_choice
    inner join line
        on split_choice.order_line_key = line.order_line_key
    where split_choice.split_by = 'line'
),

measure as (
    select line.order_line_key, 'due' as measure, line.seller_due_amount as amount, line.currency
    from line
    union all
    select line.order_line_key, 'net' as measure, line.net_sales_order_day_amount as amount, line.currency
    from line
),

weighted as (
    select
        component.order_line_key,
        component.split_by,
        component.product_key,
        component.sku_code,
        component.units,
        measure.measure,
        measure.amount,
        case
            when measure.amount * dim_currency.units_per_major = floor(measure.amount * dim_currency.units_per_major) then dim_currency.unit_amount
            else cast(0.0001 as decimal(18, 4))
        end as unit_amount,
        cast(abs(measure.amount) * case
            when measure.amount * dim_currency.units_per_major = floor(measure.amount * dim_currency.units_per_major) then dim_currency.units_per_major
            else 10000
        end as bigint) as amount_units,
        case
            when sum(component.weight) over (partition by component.order_line_key, measure.measure) > 0 then component.weight
            when row_number() over (partition by component.order_line_key, measure.measure order by component.sku_code, component.product_key) = 1 then 1
            else 0
        end as weight
    from component
    inner join measure
        on component.order_line_key = measure.order_line_key
    inner join star.dim_currency
        on measure.currency = dim_currency.currency
),

product_of_units as (
    select
        weighted.*,
        cast(weighted.amount_units as decimal(38, 0)) * weighted.weight as unit_product,
        cast(sum(weighted.weight) over (partition by weighted.order_line_key, weighted.measure) as decimal(38, 0)) as total_weight
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
        floor_share.amount_units - sum(floor_share.floor_units) over (partition by floor_share.order_line_key, floor_share.measure) as units_left,
        row_number() over (
            partition by floor_share.order_line_key, floor_share.measure
            order by floor_share.remainder desc, floor_share.sku_code, floor_share.product_key
        ) as remainder_rank
    from floor_share
),

shared as (
    select
        ranked_share.order_line_key,
        ranked_share.split_by,
        ranked_share.product_key,
        ranked_share.sku_code,
        ranked_share.units,
        cast(sum(
            case when ranked_share.measure = 'due' then sign(ranked_share.amount) else 0 end
            * (ranked_share.floor_units + case when ranked_share.remainder_rank <= ranked_share.units_left then 1 else 0 end)
            * ranked_share.unit_amount
        ) as decimal(18, 4)) as seller_due_amount,
        cast(sum(
            case when ranked_share.measure = 'net' then sign(ranked_share.amount) else 0 end
            * (ranked_share.floor_units + case when ranked_share.remainder_rank <= ranked_share.units_left then 1 else 0 end)
            * ranked_share.unit_amount
        ) as decimal(18, 4)) as net_sales_order_day_amount
    from ranked_share
    group by
        ranked_share.order_line_key,
        ranked_share.split_by,
        ranked_share.product_key,
        ranked_share.sku_code,
        ranked_share.units
)

select
    key63(cast(line.order_line_key as varchar) || chr(31) || coalesce(shared.sku_code, '')) as order_component_key,
    line.order_line_key,
    line.order_key,
    line.shop_key,
    coalesce(shared.product_key, -1) as product_key,
    shared.sku_code,
    line.placed_date,
    line.deposit_paid_date,
    line.paid_date,
    line.closed_date,
    shared.units as quantity,
    line.is_gift,
    line.is_sale,
    line.deposit_paid_date is not null and line.status <> 'closed_unpaid' as is_presale_commitment,
    line.needs_goods and (
        (line.status not in ('unpaid', 'closed_unpaid') and line.sale_class <> 'pending')
        or (line.status <> 'closed_unpaid' and line.deposit_paid_date is not null)
    ) as is_demand,
    coalesce(line.deposit_paid_date, line.paid_date, line.placed_date) as demand_date,
    shared.split_by,
    'order' as origin,
    shared.seller_due_amount,
    shared.net_sales_order_day_amount,
    line.currency
from shared
inner join line
    on shared.order_line_key = line.order_line_key

union all

select
    fulfilment_live.fulfilment_line_key as order_component_key,
    cast(-1 as bigint) as order_line_key,
    order_header.order_key,
    order_header.shop_key,
    fulfilment_live.product_key,
    fulfilment_live.sku_code,
    order_header.placed_date,
    order_header.deposit_paid_date,
    order_header.paid_date,
    order_header.closed_date,
    fulfilment_live.quantity,
    true as is_gift,
    order_header.is_sale,
    false as is_presale_commitment,
    true as is_demand,
    coalesce(order_header.paid_date, order_header.placed_date) as demand_date,
    'line' as split_by,
    'fulfilment' as origin,
    cast(0 as decimal(18, 4)) as seller_due_amount,
    cast(0 as decimal(18, 4)) as net_sales_order_day_amount,
    order_header.currency
from star.fulfilment_live
inner join star.order_header
    on fulfilment_live.order_key = order_header.order_key
left join line
    on fulfilment_live.order_line_key = line.order_line_key
where fulfilment_live.is_gift
    and line.order_line_key is null
