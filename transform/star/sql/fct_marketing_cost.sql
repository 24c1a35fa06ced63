/* transform/star/sql/fct_marketing_cost.sql
grain: [cost_id, cost_date]
title: {en: Marketing cost, zh: 营销费用}
description:
  en: Costs that no ad report holds, spread over their days in the smallest unit (first days take the remainder). An estimate gives way to the actual cost of the same kind on the same order. A cost on an order falls on the day the order was paid.
  zh: 广告报表之外的营销费用,按最小货币单位分摊到各日(余数归前几日)。同一订单同类费用有实际值时不再计预估;挂在订单上的费用计入付款日。
materialize: table
audits:
  - {unique: [cost_id, cost_date]}
  - {not_null: [cost_id, cost_date, campaign_key, amount, currency]}
  - sql: select * from star.fct_marketing_cost where base_rate is null
*/
with settled as (
    select distinct
        marketing_cost.order_key,
        marketing_cost.cost_kind
    from entity.marketing_cost
    where marketing_cost.basis = 'actual'
        and marketing_cost.order_key is not null
),

cost as (
    select
        marketing_cost.*,
        dim_currency.units_per_major,
        fct_order.paid_date as order_paid_date
    from entity.marketing_cost
    left join star.dim_currency
        on marketing_cost.currency = dim_currency.currency
    left join star.fct_order
        on marketing_cost.order_key = fct_order.order_key
    left join settled
        on marketing_cost.basis = 'estimated'
        and marketing_cost.order_key = settled.order_key
        and marketing_cost.cost_kind = settled.cost_kind
    where settled.order_key is null
),

span as (
    select
        cost.*,
        case
            when cost.spread_rule = 'by_order' then coalesce(cost.order_paid_date, cost.from_date)
            else cost.from_date
        end as first_date,
        case
            when cost.spread_rule = 'by_order' then coalesce(cost.order_paid_date, cost.from_date)
            when cost.spread_rule = 'first_day' then cost.from_date
            else cost.to_date
        end as last_date,
        case
            when cost.amount * cost.units_per_major = floor(cost.amount * cost.units_per_major) then cost.units_per_major
            else 10000
        end as units
    from cost
),

day_share as (
    select
        span.*,
        dim_date.calendar_date as cost_date,
        row_number() over (partition by span.cost_id order by dim_date.calendar_date) as day_number,
        count(*) over (partition by span.cost_id) as day_count,
        cast(abs(span.amount) * span.units as bigint) as amount_units
    from span
    inner join star.dim_date
        on dim_date.calendar_date >= span.first_date
        and dim_date.calendar_date <= span.last_date
),

unit_share as (
    select
        day_share.*,
        cast((day_share.amount_units - mod(day_share.amount_units, day_share.day_count)) / day_share.day_count as bigint)
        + case when day_share.day_number <= mod(day_share.amount_units, day_share.day_count) then 1 else 0 end as share_units
    from day_share
)

select
    unit_share.marketing_cost_key,
    unit_share.cost_id,
    unit_share.cost_date,
    unit_share.cost_kind,
    unit_share.basis,
    coalesce(unit_share.campaign_key, -1) as campaign_key,
    coalesce(unit_share.shop_key, -1) as shop_key,
    coalesce(unit_share.order_key, -1) as order_key,
    coalesce(unit_share.creator_key, -1) as creator_key,
    coalesce(unit_share.live_session_key, -1) as live_session_key,
    unit_share.spread_rule,
    unit_share.spread_rule = 'by_sales' as is_spread_assumed,
    cast(sign(unit_share.amount) * unit_share.share_units * case unit_share.units when 1 then 1 when 100 then 0.01 when 1000 then 0.001 else 0.0001 end as decimal(18, 4)) as amount,
    unit_share.currency,
    exchange_rate_daily.rate as base_rate
from unit_share
left join star.exchange_rate_daily
    on unit_share.currency = exchange_rate_daily.currency
    and unit_share.cost_date = exchange_rate_daily.rate_date
