/* bench/sql/mart_campaign_roi.sql
grain: [day, platform, campaign_id]
title: {en: Campaign ROI, zh: 投放ROI}
materialize: {incremental: day}
inputs: {mart.int_touch_credit: order_date, mart.fct_ad_spend_daily: spend_date}
dialect: duckdb
*/
with credit as (
    select
        order_date,
        platform,
        campaign_id,
        cast(sum(position_cents) as bigint) as revenue_cents,
        cast(sum(position_margin_cents) as bigint) as margin_cents,
        count(*) filter (where i = n) as orders,
        count(*) filter (where i = n and is_new) as new_customers
    from mart.int_touch_credit
    group by
        order_date,
        platform,
        campaign_id
)

select
    spend.spend_date as day,
    spend.platform,
    spend.campaign_id,
    spend.cost_cents,
    spend.impressions,
    spend.clicks,
    coalesce(credit.revenue_cents, 0) as revenue_cents,
    coalesce(credit.margin_cents, 0) as margin_cents,
    coalesce(credit.orders, 0) as orders,
    coalesce(credit.new_customers, 0) as new_customers,
    round(coalesce(credit.revenue_cents, 0) / nullif(spend.cost_cents, 0), 4) as roas,
    round((coalesce(credit.margin_cents, 0) - spend.cost_cents) / nullif(spend.cost_cents, 0), 4) as roi,
    round(spend.cost_cents / nullif(credit.new_customers, 0) / 100, 2) as cac
from mart.fct_ad_spend_daily as spend
left join credit
    on credit.order_date = spend.spend_date
    and credit.platform = spend.platform
    and credit.campaign_id = spend.campaign_id
