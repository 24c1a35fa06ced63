/* transform/star/sql/order_contribution.sql
grain: [order_key]
title: {en: Contribution of an order, zh: 订单边际贡献}
description:
  en: What each paid sale order leaves before marketing costs, both sides without VAT - net sales (order day) less product cost (valid when shipped, gifts included, sellable returns credited) less platform fees (settled, else by fee rule). Where a part is not known the amount is blank and missing_reason says why. Freight is in it only as far as the settlement holds it.
  zh: 每笔已付款销售订单扣除营销费用前的边际贡献(收入成本均不含税)= 净销售额(订单口径)- 商品成本(按发货时有效成本,含赠品,可售退货冲回)- 平台费用(已结算优先,否则按费率)。任一部分缺失则为空并注明原因;运费仅含结算单中的部分。
materialize: {keys: order_key, partition_by: paid_date}
audits:
  - {unique: [order_key]}
  - sql: select * from star.order_contribution where (contribution_amount is null) <> (missing_reason is not null)
*/
with component as (
    select
        fct_order_component.order_component_key,
        fct_order_component.order_key,
        fct_order_component.order_line_key,
        fct_order_component.product_key,
        fct_order_component.quantity,
        fct_order_component.net_sales_order_day_amount,
        fct_order_component.currency,
        coalesce(order_shipment_state.first_shipped_date, fct_order_component.paid_date) as cost_date,
        fct_order_component.paid_date,
        coalesce(fct_order_line.quantity, 0) as line_quantity,
        case
            when returned.sellable_quantity > fct_order_line.quantity then fct_order_line.quantity
            else coalesce(returned.sellable_quantity, 0)
        end as returned_quantity
    from star.fct_order_component
    inner join star.fct_order
        on fct_order_component.order_key = fct_order.order_key
        and fct_order.is_sale
        and fct_order.paid_date is not null
    left join star.order_shipment_state
        on fct_order_component.order_key = order_shipment_state.order_key
    left join star.fct_order_line
        on fct_order_component.order_line_key = fct_order_line.order_line_key
    left join (
        select
            fct_refund.order_line_key,
            sum(fct_refund.returned_quantity) as sellable_quantity
        from star.fct_refund
        where fct_refund.returned_condition = 'sellable'
            and fct_refund.order_line_key <> -1
        group by fct_refund.order_line_key
    ) as returned
        on fct_order_component.order_line_key = returned.order_line_key
),

vat as (
    select
        component.order_component_key,
        vat_rate.rate,
        row_number() over (partition by component.order_component_key order by vat_rate.valid_from_on desc) as newest
    from component
    inner join entity.vat_rate
        on component.product_key = vat_rate.product_key
        and component.paid_date >= vat_rate.valid_from_on
        and (vat_rate.valid_to_on is null or component.paid_date <= vat_rate.valid_to_on)
),

unit_cost as (
    select
        component.order_component_key,
        product_cost.cost_amount,
        product_cost.currency,
        product_cost.tax_included,
        row_number() over (partition by component.order_component_key order by product_cost.valid_from_on desc) as newest
    from component
    inner join entity.product_cost
        on component.product_key = product_cost.product_key
        and component.cost_date >= product_cost.valid_from_on
        and (product_cost.valid_to_on is null or component.cost_date <= product_cost.valid_to_on)
),

valued as (
    select
        component.order_key,
        component.quantity,
        component.returned_quantity,
        component.net_sales_order_day_amount,
        vat.rate as vat_rate,
        case when unit_cost.currency = component.currency then unit_cost.cost_amount end as cost_amount,
        unit_cost.tax_included,
        case
            when component.line_quantity > 0 then cast(component.quantity as double) / component.line_quantity * component.returned_quantity
            else 0
        end as returned_units
    from component
    left join vat
        on component.order_component_key = vat.order_component_key
        and vat.newest = 1
    left join unit_cost
        on component.order_component_key = unit_cost.order_component_key
        and unit_cost.newest = 1
),

order_value as (
    select
        valued.order_key,
        sum(valued.net_sales_order_day_amount) as net_sales_amount,
        sum(cast(round(cast(valued.net_sales_order_day_amount as double) * valued.vat_rate / (1 + valued.vat_rate), 4) as decimal(18, 4))) as vat_amount,
        max(case when valued.vat_rate is null and valued.net_sales_order_day_amount <> 0 then 1 else 0 end) as lacks_vat,
        sum(cast(round(
            cast(valued.cost_amount as double) * (valued.quantity - valued.returned_units)
            / (1 + case when valued.tax_included then coalesce(valued.vat_rate, 0) else 0 end), 4
        ) as decimal(18, 4))) as product_cost_amount,
        max(case when valued.cost_amount is null or (valued.tax_included and valued.vat_rate is null) then 1 else 0 end) as lacks_cost
    from valued
    group by valued.order_key
),

settled_fee as (
    select
        fct_settlement.order_key,
        fct_settlement.fee_type,
        -sum(fct_settlement.amount) as fee_amount
    from star.fct_settlement
    where fct_settlement.order_key <> -1
    group by
        fct_settlement.order_key,
        fct_settlement.fee_type
),

ruled_fee as (
    select
        fct_order_line.order_key,
        fct_order_line.order_line_key,
        fct_order_line.net_sales_order_day_amount,
        fee_rule.fee_type,
        fee_rule.rate,
        fee_rule.amount,
        row_number() over (
            partition by fct_order_line.order_line_key, fee_rule.fee_type
            order by case when fee_rule.category = '' then 1 else 0 end, fee_rule.valid_from_on desc
        ) as preference
    from star.fct_order_line
    left join entity.product
        on fct_order_line.product_key = product.product_key
    inner join entity.fee_rule
        on fct_order_line.shop_key = fee_rule.shop_key
        and (fee_rule.category = '' or fee_rule.category = product.category)
        and fct_order_line.paid_date >= fee_rule.valid_from_on
        and (fee_rule.valid_to_on is null or fct_order_line.paid_date <= fee_rule.valid_to_on)
    where fct_order_line.is_sale
        and not fct_order_line.is_gift
),

-- A rate is of every line, a fixed amount once an order.
estimated_fee as (
    select
        ruled_fee.order_key,
        ruled_fee.fee_type,
        sum(cast(ruled_fee.net_sales_order_day_amount * coalesce(ruled_fee.rate, 0) as decimal(18, 4))) + max(coalesce(ruled_fee.amount, 0)) as fee_amount
    from ruled_fee
    where ruled_fee.preference = 1
    group by
        ruled_fee.order_key,
        ruled_fee.fee_type
),

-- A fee that the bill names is as billed; what it does not name stays as estimated.
fee as (
    select
        coalesce(settled_fee.order_key, estimated_fee.order_key) as order_key,
        sum(coalesce(settled_fee.fee_amount, estimated_fee.fee_amount)) as fee_amount
    from settled_fee
    full outer join estimated_fee
        on settled_fee.order_key = estimated_fee.order_key
        and settled_fee.fee_type = estimated_fee.fee_type
    where coalesce(settled_fee.fee_type, '') <> 'goods'
    group by coalesce(settled_fee.order_key, estimated_fee.order_key)
),

settled_order as (
    select distinct settled_fee.order_key
    from settled_fee
),

known as (
    select
        order_value.order_key,
        order_value.net_sales_amount,
        case when order_value.lacks_vat = 0 then coalesce(order_value.vat_amount, 0) end as vat_amount,
        case when order_value.lacks_cost = 0 then order_value.product_cost_amount end as product_cost_amount,
        fee.fee_amount as platform_fee_amount,
        settled_order.order_key is not null as is_settled,
        case
            when order_value.lacks_cost = 1 then 'no product cost'
            when order_value.lacks_vat = 1 then 'no VAT rate'
            when fee.fee_amount is null then 'no settlement and no fee rule'
        end as missing_reason
    from order_value
    left join fee
        on order_value.order_key = fee.order_key
    left join settled_order
        on order_value.order_key = settled_order.order_key
)

select
    fct_order.order_key,
    fct_order.shop_key,
    fct_order.paid_date,
    cast(known.net_sales_amount as decimal(18, 4)) as net_sales_order_day_amount,
    cast(known.vat_amount as decimal(18, 4)) as vat_amount,
    cast(known.product_cost_amount as decimal(18, 4)) as product_cost_amount,
    cast(known.platform_fee_amount as decimal(18, 4)) as platform_fee_amount,
    known.is_settled,
    cast(
        case when known.missing_reason is null then known.net_sales_amount - known.vat_amount - known.product_cost_amount - known.platform_fee_amount end
        as decimal(18, 4)
    ) as contribution_amount,
    known.missing_reason,
    fct_order.currency
from known
inner join star.fct_order
    on known.order_key = fct_order.order_key
