/* sql/marts/stock_demand.sql
grain: [plan_date, warehouse_key, product_key]
title: {en: Stock against demand, zh: 库存与需求}
description:
  en: What each warehouse's stock of each SKU can carry on the day after its closing - available (never with virtual stock), how old that figure is, days of cover, the hours it is projected to be out within the day, the units short, the ad spend at stake in those hours, and whether goods are advertised in a shop that no warehouse can serve. Stock does not add over days; the hours and the spend while out belong to shops, and stand on the warehouses that serve them.
  zh: 各仓各 SKU 期末库存对次日需求的承载:可用(不含虚拟库存)、快照距今天数、可售天数、当日预计缺货小时与缺口件数、缺货时段仍在消耗的广告费,以及任何仓都无法供货的店铺仍在投放的提示。库存不可跨日相加;缺货时长与缺货消耗按店铺判定,列于服务该店铺的仓。
materialize: {incremental: plan_date, look_back: 7 days}
inputs:
  star.fct_stock_daily: stock_date
  star.stock_projection: plan_date
  star.promoted_product_daily: report_date
  star.stock_out_spend: report_date
  star.stock_out_edge: {from: edge_date}
  star.stock_calendar: day_before
  star.dim_product: {match: {product_key: product_key}}
optional: [ad_listing, purchase_order, warehouse_shop, warehouse]
columns:
  plan_date: {en: The day that the stock must carry, zh: 计划日期}
  warehouse_key: {en: Warehouse (key), zh: 仓库键}
  product_key: {en: Product (key), zh: 商品键}
  warehouse_code: {en: Warehouse, zh: 仓库编码}
  warehouse_title: {en: Name of the warehouse, zh: 仓库名称}
  sku_code: {en: SKU, zh: 商家编码}
  product_title: {en: Product, zh: 商品名称}
  as_of_at: {en: When the stock was counted, zh: 库存时点}
  snapshot_age_days: {en: Days since the stock was last told, zh: 快照距今天数}
  is_carried: {en: Carried on from an earlier day, zh: 由前日结转}
  on_hand_sellable_qty: {en: Sellable on hand, zh: 在库良品}
  order_locked_qty: {en: Locked by orders, zh: 订单占用}
  pick_locked_qty: {en: Locked for picking, zh: 待发占用}
  frozen_qty: {en: Frozen, zh: 冻结/活动锁库}
  unsellable_expiry_qty: {en: Too close to expiry, zh: 效期不足}
  available_qty: {en: Available (may be negative), zh: 可用库存, passport: available}
  source_available_qty: {en: "The system's own figure", zh: 系统可用数}
  virtual_qty: {en: Virtual (no goods), zh: 虚拟库存}
  returns_bin_qty: {en: Returns bin, zh: 销退仓}
  receiving_qty: {en: Receiving, zh: 进货仓}
  inbound_purchase_qty: {en: Inbound by purchase, zh: 采购在途}
  inbound_transfer_qty: {en: Inbound by transfer, zh: 调拨在途}
  expected_daily_demand: {en: Expected units a day, zh: 预计日需求}
  cover_days: {en: Days of cover, zh: 可售天数, passport: days_of_cover}
  cover_state: {en: "Cover against the project's low_cover and high_cover (low, enough, high; empty without demand)", zh: 可售天数判定(对照 low_cover 与 high_cover;无需求则空)}
  projected_out_hours: {en: Hours projected out of stock within 24 hours, zh: 预计缺货小时}
  projected_short_qty: {en: Units short, zh: 预计缺口件数}
  first_out_at: {en: First projected stock-out, zh: 预计首次缺货时刻}
  stock_out_hours: {en: Hours found out of stock on the day (empty until it is over), zh: 实际缺货小时(当日未结束则空), passport: stock_out_hours}
  spend_basis_date: {en: Day whose ad spend is used, zh: 消耗参照日期}
  promoted_shop_id: {en: "Shop that advertises it (one out of stock first, then by spend)", zh: "在投店铺(缺货者优先,其次按消耗)"}
  hourly_spend_amount: {en: "Ad spend an hour on the product, project's currency, this warehouse's share", zh: "每小时广告消耗(本位币,本仓分摊)"}
  spend_at_stake_amount: {en: Ad spend in the hours projected out, zh: 预计缺货时段消耗}
  spend_while_out_amount: {en: "Ad spend in the hours found out of stock, this warehouse's share (a product's day of its first count is in mart.stock_out only)", zh: 缺货期间消耗(本仓分摊;商品首次盘点当日的仅见 mart.stock_out)}
  is_promoted: {en: Advertised in the last seven days, zh: 在投}
  is_promoted_out_of_stock: {en: Advertised in a shop that no warehouse can serve, zh: 缺货仍在投放}
  promotion_missing_reason: {en: Why nothing is known of advertising, zh: 投放数据缺失原因}
  remedy: {en: The quickest remedy, zh: 最快补救}
audits:
  - {unique: [plan_date, warehouse_key, product_key]}
  - {not_null: [plan_date, warehouse_key, product_key, available_qty]}
  - sql: select * from mart.stock_demand where available_qty <> on_hand_sellable_qty - order_locked_qty - frozen_qty - unsellable_expiry_qty
  - sql: select * from mart.stock_demand where stock_out_hours > 24
  - sql: |
      with told as (
          select
              stock_out_spend.report_date,
              stock_out_spend.product_key,
              sum(stock_out_spend.spend_amount) as amount
          from star.stock_out_spend
          inner join (
              select distinct
                  shop_stock_daily.plan_date,
                  shop_stock_daily.product_key,
                  shop_stock_daily.shop_key
              from star.shop_stock_daily
          ) as planned
              on stock_out_spend.report_date = planned.plan_date
              and stock_out_spend.product_key = planned.product_key
              and stock_out_spend.shop_key = planned.shop_key
          group by
              stock_out_spend.report_date,
              stock_out_spend.product_key
      ),

      shared as (
          select
              stock_demand.plan_date,
              stock_demand.product_key,
              sum(stock_demand.spend_while_out_amount) as amount
          from mart.stock_demand
          group by
              stock_demand.plan_date,
              stock_demand.product_key
      )

      select *
      from told
      left join shared
          on told.report_date = shared.plan_date
          and told.product_key = shared.product_key
      where told.amount <> coalesce(shared.amount, 0)
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
        cast(fct_stock_daily.stock_date + interval '1' day as date) as plan_date
    from star.fct_stock_daily
),

-- The last day of the seven whose ads spent on the product in the shop.
advertised as (
    select
        shop_stock_daily.*,
        promoted_product_daily.report_date,
        promoted_product_daily.spend_base_amount,
        row_number() over (
            partition by shop_stock_daily.plan_date, shop_stock_daily.warehouse_key, shop_stock_daily.product_key, shop_stock_daily.shop_key
            order by promoted_product_daily.report_date desc
        ) as newest
    from star.shop_stock_daily
    inner join star.promoted_product_daily
        on shop_stock_daily.product_key = promoted_product_daily.product_key
        and shop_stock_daily.shop_key = promoted_product_daily.shop_key
        and promoted_product_daily.report_date <= shop_stock_daily.plan_date
        and promoted_product_daily.report_date > cast(shop_stock_daily.plan_date - interval '7' day as date)
        and promoted_product_daily.spend_base_amount > 0
),

ranked as (
    select
        advertised.plan_date,
        advertised.warehouse_key,
        advertised.product_key,
        advertised.report_date,
        advertised.shop_available_qty,
        dim_shop.shop_id,
        cast(round(cast(advertised.spend_base_amount as double) * advertised.part_of_shop, 8) as decimal(18, 8)) as spend_amount,
        max(advertised.report_date) over (partition by advertised.plan_date, advertised.warehouse_key, advertised.product_key) as basis_date,
        row_number() over (
            partition by advertised.plan_date, advertised.warehouse_key, advertised.product_key
            order by case when advertised.shop_available_qty > 0 then 1 else 0 end, advertised.report_date desc, advertised.spend_base_amount desc, dim_shop.shop_id, advertised.shop_key
        ) as shop_number
    from advertised
    left join star.dim_shop
        on advertised.shop_key = dim_shop.shop_key
    where advertised.newest = 1
),

spend as (
    select
        ranked.plan_date,
        ranked.warehouse_key,
        ranked.product_key,
        max(ranked.basis_date) as report_date,
        sum(case when ranked.report_date = ranked.basis_date then ranked.spend_amount else 0 end) as spend_amount,
        max(case when ranked.shop_number = 1 then ranked.shop_id end) as shop_id,
        max(case when ranked.shop_available_qty <= 0 then 1 else 0 end) = 1 as is_shop_out
    from ranked
    group by
        ranked.plan_date,
        ranked.warehouse_key,
        ranked.product_key
),

edge as (
    select
        stock_out_edge.*,
        lead(stock_out_edge.edge_at) over (partition by stock_out_edge.product_key, stock_out_edge.shop_key order by stock_out_edge.edge_at) as next_at
    from star.stock_out_edge
),

-- The hours of each day that is over in which no warehouse could serve the shop.
shop_out as (
    select
        shop_stock_daily.plan_date,
        shop_stock_daily.warehouse_key,
        shop_stock_daily.product_key,
        shop_stock_daily.shop_key,
        cast(sum(date_diff(
            'second',
            case when edge.edge_at > shop_stock_daily.starts_at then edge.edge_at else shop_stock_daily.starts_at end,
            case when edge.next_at < shop_stock_daily.starts_at + interval '24' hour then edge.next_at else shop_stock_daily.starts_at + interval '24' hour end
        )) as double) / 3600 as out_hours
    from star.shop_stock_daily
    inner join star.stock_calendar
        on shop_stock_daily.plan_date = stock_calendar.day_before
    inner join edge
        on shop_stock_daily.product_key = edge.product_key
        and shop_stock_daily.shop_key = edge.shop_key
        and edge.is_out
        and edge.edge_at < shop_stock_daily.starts_at + interval '24' hour
        and (edge.next_at is null or edge.next_at > shop_stock_daily.starts_at)
    group by
        shop_stock_daily.plan_date,
        shop_stock_daily.warehouse_key,
        shop_stock_daily.product_key,
        shop_stock_daily.shop_key
),

found_out as (
    select
        shop_out.plan_date,
        shop_out.warehouse_key,
        shop_out.product_key,
        max(shop_out.out_hours) as out_hours
    from shop_out
    group by
        shop_out.plan_date,
        shop_out.warehouse_key,
        shop_out.product_key
),

shop_waste as (
    select
        stock_out_spend.report_date,
        stock_out_spend.product_key,
        stock_out_spend.shop_key,
        cast(sum(stock_out_spend.spend_amount) * 10000 as bigint) as amount_units
    from star.stock_out_spend
    group by
        stock_out_spend.report_date,
        stock_out_spend.product_key,
        stock_out_spend.shop_key
),

-- Evenly over the warehouses that serve the shop, what is left of the division on the first of them.
waste as (
    select
        shop_stock_daily.plan_date,
        shop_stock_daily.warehouse_key,
        shop_stock_daily.product_key,
        cast(sum(
            cast((shop_waste.amount_units - mod(shop_waste.amount_units, shop_stock_daily.warehouse_count)) / shop_stock_daily.warehouse_count as bigint)
            + case when shop_stock_daily.warehouse_number <= mod(shop_waste.amount_units, shop_stock_daily.warehouse_count) then 1 else 0 end
        ) * cast(0.0001 as decimal(18, 4)) as decimal(18, 4)) as spend_amount
    from star.shop_stock_daily
    inner join shop_waste
        on shop_stock_daily.plan_date = shop_waste.report_date
        and shop_stock_daily.product_key = shop_waste.product_key
        and shop_stock_daily.shop_key = shop_waste.shop_key
    group by
        shop_stock_daily.plan_date,
        shop_stock_daily.warehouse_key,
        shop_stock_daily.product_key
),

joined as (
    select
        level.*,
        dim_warehouse.warehouse_code,
        dim_warehouse.title as warehouse_title,
        dim_product.sku_code,
        dim_product.title as product_title,
        projection.daily_demand,
        cast(level.available_qty as double) / nullif(projection.daily_demand, 0) as cover_days,
        coalesce(projection.out_hours, 0) as out_hours,
        coalesce(projection.short_qty, 0) as short_qty,
        projection.first_out_at,
        case when stock_calendar.day_before is not null then coalesce(found_out.out_hours, 0) end as found_out_hours,
        spend.report_date as spend_basis_date,
        spend.shop_id as promoted_shop_id,
        cast(spend.spend_amount as double) / 24 as hourly_spend,
        coalesce(spend.is_shop_out, false) as is_promoted_out_of_stock,
        waste.spend_amount as waste_amount,
        optional_source.is_present as has_ad_listing
    from level
    left join star.dim_warehouse
        on level.warehouse_key = dim_warehouse.warehouse_key
    left join star.dim_product
        on level.product_key = dim_product.product_key
    left join star.stock_calendar
        on level.plan_date = stock_calendar.day_before
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
    left join found_out
        on level.plan_date = found_out.plan_date
        and level.warehouse_key = found_out.warehouse_key
        and level.product_key = found_out.product_key
    left join waste
        on level.plan_date = waste.plan_date
        and level.warehouse_key = waste.warehouse_key
        and level.product_key = waste.product_key
)

select
    joined.plan_date,
    joined.warehouse_key,
    joined.product_key,
    joined.warehouse_code,
    joined.warehouse_title,
    joined.sku_code,
    joined.product_title,
    joined.as_of_at,
    joined.snapshot_age_days,
    joined.is_carried,
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
    joined.cover_days,
    case
        when joined.cover_days is null then null
        when joined.cover_days < project.low_cover_days then 'low'
        when joined.cover_days > project.high_cover_days then 'high'
        else 'enough'
    end as cover_state,
    joined.out_hours as projected_out_hours,
    joined.short_qty as projected_short_qty,
    joined.first_out_at,
    joined.found_out_hours as stock_out_hours,
    joined.spend_basis_date,
    joined.promoted_shop_id,
    cast(round(joined.hourly_spend, 4) as decimal(18, 4)) as hourly_spend_amount,
    cast(round(joined.hourly_spend * joined.out_hours, 4) as decimal(18, 4)) as spend_at_stake_amount,
    case when joined.has_ad_listing and joined.found_out_hours is not null then coalesce(joined.waste_amount, 0) else joined.waste_amount end as spend_while_out_amount,
    joined.spend_basis_date is not null as is_promoted,
    joined.is_promoted_out_of_stock,
    case when not joined.has_ad_listing then 'no ad account says which listings its ads show' end as promotion_missing_reason,
    case
        when joined.short_qty <= 0 then null
        when joined.receiving_qty > 0 then 'shelve what has been received'
        when joined.inbound_transfer_qty > 0 then 'hasten the transfer'
        when joined.inbound_purchase_qty > 0 then 'hasten the purchase'
        when joined.returns_bin_qty > 0 then 'check the returns'
        when joined.spend_basis_date is not null then 'stop the promotion'
        else 'buy or move more'
    end as remedy
from joined
cross join ops.project
