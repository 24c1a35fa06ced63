/* sql/marts/stock_demand.sql
grain: [plan_date, warehouse_key, product_key]
title: {en: Stock against demand, zh: 库存与需求}
description:
  en: What each warehouse's stock of each SKU can carry on the day after its closing snapshot - available (never with virtual stock), days of cover, the hours it is projected to be out within the day, the units short, the ad spend at stake in those hours, and whether goods are advertised that are out of stock. Stock does not add over days.
  zh: 各仓各 SKU 期末库存对次日需求的承载:可用(不含虚拟库存)、可售天数、当日预计缺货小时与缺口件数、缺货时段仍在消耗的广告费,以及缺货仍在投放的提示。库存不可跨日相加。
materialize: {incremental: plan_date, look_back: 60 days}
inputs:
  star.fct_stock_daily: stock_date
  star.stock_projection: plan_date
  star.promoted_product_daily: report_date
  star.stock_snapshot: stock_date
optional: [ad_listing, purchase_order, warehouse_shop, warehouse]
columns:
  plan_date: {en: The day that the stock must carry, zh: 计划日期}
  as_of_at: {en: When the stock was counted, zh: 库存时点}
  available_qty: {en: Available (may be negative), zh: 可用库存, passport: available}
  source_available_qty: {en: "The system's own figure", zh: 系统可用数}
  expected_daily_demand: {en: Expected units a day, zh: 预计日需求}
  cover_days: {en: Days of cover, zh: 可售天数, passport: days_of_cover}
  projected_out_hours: {en: Hours projected out of stock within 24 hours, zh: 预计缺货小时}
  projected_short_qty: {en: Units short, zh: 预计缺口件数}
  first_out_at: {en: First projected stock-out, zh: 预计首次缺货时刻}
  stock_out_hours: {en: Hours found out of stock on the day, zh: 实际缺货小时, passport: stock_out_hours}
  spend_basis_date: {en: Day whose ad spend is used, zh: 消耗参照日期}
  hourly_spend_amount: {en: "Ad spend an hour on the product, project's currency", zh: 每小时广告消耗(本位币)}
  spend_at_stake_amount: {en: Ad spend in the hours projected out, zh: 预计缺货时段消耗}
  spend_while_out_amount: {en: Ad spend in the hours found out of stock, zh: 缺货期间消耗, passport: wasted_spend}
  is_promoted: {en: Advertised in the last seven days, zh: 在投}
  is_promoted_out_of_stock: {en: Advertised while out of stock, zh: 缺货仍在投放}
  promotion_missing_reason: {en: Why nothing is known of advertising, zh: 投放数据缺失原因}
  remedy: {en: The quickest remedy, zh: 最快补救}
audits:
  - {unique: [plan_date, warehouse_key, product_key]}
  - {not_null: [plan_date, warehouse_key, product_key, available_qty]}
  - sql: select * from mart.stock_demand where available_qty <> on_hand_sellable_qty - order_locked_qty - frozen_qty - unsellable_expiry_qty
*/
with projection as (
    select
        stock_projection.plan_date,
        stock_projection.warehouse_key,
        stock_projection.product_key,
        max(stock_projection.daily_demand) as daily_demand,
        sum(stock_projection.out_hours) as out_hours,
        sum(stock_projection.short_qty) as short_qty,
        min(stock_projection.out_from_at) as first_out_at
    from star.stock_projection
    group by
        stock_projection.plan_date,
        stock_projection.warehouse_key,
        stock_projection.product_key
),

level as (
    select
        fct_stock_daily.*,
        cast(fct_stock_daily.stock_date + interval '1' day as date) as plan_date,
        fct_stock_daily.as_of_at + interval '24' hour as horizon_at
    from star.fct_stock_daily
),

spend as (
    select
        level.plan_date,
        level.warehouse_key,
        level.product_key,
        promoted_product_daily.report_date,
        promoted_product_daily.spend_base_amount,
        row_number() over (
            partition by level.plan_date, level.warehouse_key, level.product_key
            order by promoted_product_daily.report_date desc
        ) as newest
    from level
    inner join star.promoted_product_daily
        on level.product_key = promoted_product_daily.product_key
        and promoted_product_daily.report_date <= level.plan_date
        and promoted_product_daily.report_date > cast(level.plan_date - interval '7' day as date)
        and promoted_product_daily.spend_base_amount > 0
),

instant as (
    select
        stock_snapshot.warehouse_key,
        stock_snapshot.product_key,
        stock_snapshot.as_of_at,
        sum(stock_snapshot.available_qty) as available_qty
    from star.stock_snapshot
    group by
        stock_snapshot.warehouse_key,
        stock_snapshot.product_key,
        stock_snapshot.as_of_at
),

-- A snapshot speaks until the next one, for a day at most.
observed as (
    select
        instant.*,
        lead(instant.as_of_at) over (partition by instant.warehouse_key, instant.product_key order by instant.as_of_at) as next_at
    from instant
),

out_span as (
    select
        observed.warehouse_key,
        observed.product_key,
        observed.as_of_at as from_at,
        case when observed.next_at < observed.as_of_at + interval '24' hour then observed.next_at else observed.as_of_at + interval '24' hour end as to_at
    from observed
    where observed.available_qty <= 0
),

found_out as (
    select
        level.plan_date,
        level.warehouse_key,
        level.product_key,
        cast(sum(date_diff(
            'second',
            case when out_span.from_at > level.as_of_at then out_span.from_at else level.as_of_at end,
            case when out_span.to_at < level.horizon_at then out_span.to_at else level.horizon_at end
        )) as double) / 3600 as out_hours
    from level
    inner join out_span
        on level.warehouse_key = out_span.warehouse_key
        and level.product_key = out_span.product_key
        and out_span.from_at < level.horizon_at
        and out_span.to_at > level.as_of_at
    group by
        level.plan_date,
        level.warehouse_key,
        level.product_key
),

joined as (
    select
        level.plan_date,
        level.warehouse_key,
        level.product_key,
        level.as_of_at,
        level.on_hand_sellable_qty,
        level.order_locked_qty,
        level.pick_locked_qty,
        level.frozen_qty,
        level.unsellable_expiry_qty,
        level.available_qty,
        level.source_available_qty,
        level.virtual_qty,
        level.returns_bin_qty,
        level.receiving_qty,
        level.inbound_purchase_qty,
        level.inbound_transfer_qty,
        projection.daily_demand,
        coalesce(projection.out_hours, 0) as out_hours,
        coalesce(projection.short_qty, 0) as short_qty,
        projection.first_out_at,
        coalesce(found_out.out_hours, 0) as found_out_hours,
        spend.report_date as spend_basis_date,
        cast(spend.spend_base_amount as double) / 24 as hourly_spend,
        optional_source.is_present as has_ad_listing
    from level
    left join star.optional_source
        on optional_source.source_name = 'ad_listing'
    left join projection
        on level.plan_date = projection.plan_date
        and level.warehouse_key = projection.warehouse_key
        and level.product_key = projection.product_key
    left join spend
        on level.plan_date = spend.plan_date
        and level.warehouse_key = spend.warehouse_key
        and level.product_key = spend.product_key
        and spend.newest = 1
    left join found_out
        on level.plan_date = found_out.plan_date
        and level.warehouse_key = found_out.warehouse_key
        and level.product_key = found_out.product_key
)

select
    joined.plan_date,
    joined.warehouse_key,
    joined.product_key,
    joined.as_of_at,
    joined.on_hand_sellable_qty,
    joined.order_locked_qty,
    joined.pick_locked_qty,
    joined.frozen_qty,
    joined.unsellable_expiry_qty,
    joined.available_qty,
    joined.source_available_qty,
    joined.virtual_qty,
    joined.returns_bin_qty,
    joined.receiving_qty,
    joined.inbound_purchase_qty,
    joined.inbound_transfer_qty,
    joined.daily_demand as expected_daily_demand,
    cast(joined.available_qty as double) / nullif(joined.daily_demand, 0) as cover_days,
    joined.out_hours as projected_out_hours,
    joined.short_qty as projected_short_qty,
    joined.first_out_at,
    joined.found_out_hours as stock_out_hours,
    joined.spend_basis_date,
    cast(joined.hourly_spend as decimal(18, 4)) as hourly_spend_amount,
    cast(joined.hourly_spend * joined.out_hours as decimal(18, 4)) as spend_at_stake_amount,
    cast(joined.hourly_spend * joined.found_out_hours as decimal(18, 4)) as spend_while_out_amount,
    joined.spend_basis_date is not null as is_promoted,
    joined.spend_basis_date is not null and joined.available_qty <= 0 as is_promoted_out_of_stock,
    case when not joined.has_ad_listing then 'no ad account says which listings its ads show' end as promotion_missing_reason,
    case
        when joined.short_qty <= 0 then null
        when joined.receiving_qty > 0 then 'shelve what has been received'
        when joined.inbound_transfer_qty > 0 then 'hasten the transfer'
        when joined.inbound_purchase_qty > 0 then 'hasten the purchase'
        when joined.returns_bin_qty > 0 then 'check the returns'
        else 'stop the promotion'
    end as remedy
from joined
