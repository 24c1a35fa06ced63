/* sql/marts/stock_out.sql
grain: [product_key, shop_key, from_at]
title: {en: Stock-outs and what was advertised meanwhile, zh: 缺货区间与期间投放}
description:
  en: Every time in which no warehouse that serves a shop had a SKU available, from the snapshot that tells it to the one that tells its end, with what ads for it in that shop spent meanwhile. Hours and spend of one shop may be added; shops that the same warehouses serve are out at the same time. The unknown shop is here only where something was spent for it.
  zh: 服务某店铺的各仓均无可用的每段缺货(以快照起止),及期间该店铺为其投放的消耗。同一店铺内时长与消耗可相加;同仓供货的店铺会同时缺货。未知店铺仅在有消耗时列出。
materialize: {keys: product_key}
optional: [ad_listing, warehouse_shop, warehouse]
columns:
  product_key: {en: Product (key), zh: 商品键}
  shop_key: {en: Shop (key), zh: 店铺键}
  from_at: {en: Out of stock from, zh: 缺货开始}
  to_at: {en: Back in stock (empty while it lasts), zh: 恢复有货(未恢复则空)}
  sku_code: {en: SKU, zh: 商家编码}
  product_title: {en: Product, zh: 商品名称}
  shop_id: {en: Shop, zh: 店铺编号}
  shop_title: {en: Name of the shop, zh: 店铺名称}
  out_hours: {en: Hours out of stock (empty while it lasts), zh: 缺货小时(未恢复则空), passport: stock_out_hours}
  available_at_start_qty: {en: Available at its start in all of the shop's warehouses, zh: 开始时各仓可用合计}
  resolution_hours: {en: How many hours its start or end may lie earlier, zh: 起止时刻的精度(小时)}
  spend_while_out_amount: {en: "Ad spend meanwhile, project's currency", zh: 缺货期间消耗(本位币), passport: wasted_spend}
  spend_by_day_amount: {en: Of it spread evenly over days without hourly figures, zh: 其中按日均摊部分}
  promotion_missing_reason: {en: Why nothing is known of advertising, zh: 投放数据缺失原因}
audits:
  - {unique: [product_key, shop_key, from_at]}
  - {conserves: spend_while_out_amount, with: star.stock_out_spend.spend_amount}
*/
with spent as (
    select
        stock_out_spend.product_key,
        stock_out_spend.shop_key,
        stock_out_spend.from_at,
        sum(stock_out_spend.spend_amount) as spend_amount,
        sum(stock_out_spend.spend_by_day_amount) as spend_by_day_amount
    from star.stock_out_spend
    group by
        stock_out_spend.product_key,
        stock_out_spend.shop_key,
        stock_out_spend.from_at
)

select
    stock_out_interval.product_key,
    stock_out_interval.shop_key,
    stock_out_interval.from_at,
    stock_out_interval.to_at,
    dim_product.sku_code,
    dim_product.title as product_title,
    dim_shop.shop_id,
    dim_shop.title as shop_title,
    cast(date_diff('second', stock_out_interval.from_at, stock_out_interval.to_at) as double) / 3600 as out_hours,
    stock_out_interval.available_at_start_qty,
    stock_out_interval.resolution_hours,
    cast(case when optional_source.is_present then coalesce(spent.spend_amount, 0) end as decimal(18, 4)) as spend_while_out_amount,
    cast(case when optional_source.is_present then coalesce(spent.spend_by_day_amount, 0) end as decimal(18, 4)) as spend_by_day_amount,
    case when not optional_source.is_present then 'no ad account says which listings its ads show' end as promotion_missing_reason
from star.stock_out_interval
left join star.optional_source
    on optional_source.source_name = 'ad_listing'
left join star.dim_product
    on stock_out_interval.product_key = dim_product.product_key
left join star.dim_shop
    on stock_out_interval.shop_key = dim_shop.shop_key
left join spent
    on stock_out_interval.product_key = spent.product_key
    and stock_out_interval.shop_key = spent.shop_key
    and stock_out_interval.from_at = spent.from_at
where stock_out_interval.shop_key <> -1
    or spent.spend_amount <> 0
