/* transform/star/sql/stock_out_spend.sql
grain: [report_date, product_key, shop_key, from_at]
title: {en: Ad spend while out of stock, zh: 缺货期间广告消耗}
description:
  en: What ads for a product in a shop spent while it was out of stock there, by stock-out and by the day of the ad account's report. Hours that the platform reports count by how much of them falls into the stock-out; where it reports days only, the day's money is spread evenly (spend_by_day_amount, part of spend_amount).
  zh: 某商品在某店铺缺货期间的广告消耗,按缺货区间与账户报表日。有小时数据的按落入区间的时长计;仅有日数据的按全天均摊(spend_by_day_amount,已含在 spend_amount 内)。
materialize: {incremental: report_date}
inputs:
  star.stock_out_edge: {from: edge_date}
  star.promoted_product_hourly: report_date
columns:
  from_at: {en: Out of stock from, zh: 缺货开始}
  spend_amount: {en: "Ad spend while out of stock, project's currency", zh: 缺货期间消耗(本位币)}
  spend_by_day_amount: {en: Of it spread evenly over days without hourly figures, zh: 其中按日均摊部分}
audits:
  - {unique: [report_date, product_key, shop_key, from_at]}
*/
with out_span as (
    select
        followed.product_key,
        followed.shop_key,
        followed.edge_at as from_at,
        followed.next_at as to_at
    from (
        select
            stock_out_edge.*,
            lead(stock_out_edge.edge_at) over (partition by stock_out_edge.product_key, stock_out_edge.shop_key order by stock_out_edge.edge_at) as next_at
        from star.stock_out_edge
    ) as followed
    where followed.is_out
),

touching as (
    select
        promoted_product_hourly.*,
        out_span.from_at,
        case when promoted_product_hourly.start_at > out_span.from_at then promoted_product_hourly.start_at else out_span.from_at end as both_from_at,
        case when promoted_product_hourly.end_at > out_span.to_at then out_span.to_at else promoted_product_hourly.end_at end as both_to_at
    from star.promoted_product_hourly
    inner join out_span
        on promoted_product_hourly.product_key = out_span.product_key
        and promoted_product_hourly.shop_key = out_span.shop_key
        and promoted_product_hourly.end_at > out_span.from_at
        and (out_span.to_at is null or promoted_product_hourly.start_at < out_span.to_at)
),

spent as (
    select
        touching.*,
        cast(round(
            cast(touching.spend_base_amount as double)
            * date_diff('second', touching.both_from_at, touching.both_to_at)
            / nullif(cast(date_diff('second', touching.start_at, touching.end_at) as double), 0), 8
        ) as decimal(18, 8)) as spent_amount
    from touching
)

select
    spent.report_date,
    spent.product_key,
    spent.shop_key,
    spent.from_at,
    cast(sum(spent.spent_amount) as decimal(18, 4)) as spend_amount,
    cast(sum(case when spent.basis = 'day' then spent.spent_amount else 0 end) as decimal(18, 4)) as spend_by_day_amount
from spent
group by
    spent.report_date,
    spent.product_key,
    spent.shop_key,
    spent.from_at
