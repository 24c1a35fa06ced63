/* sql/marts/campaign_roi.sql
grain: [spend_date, campaign_key]
title: {en: Campaign ROI, zh: 投放ROI}
description:
  en: What each campaign cost on each day and what the shops prove it earned, by the attribution model the project chose, in the project's currency. Spend stands on its account's day, which may differ from the shop's by zone_mismatch_hours. Unmapped spend and unattributed sales stand in the row -1, which is titled so and is not the whole; the whole day's ROAS stands in day_roas. Coverage is that of the shops in which the campaign is credited on the day, of all shops where it is credited with nothing. A cost spread ahead stands on days to come, where has_day_data is false; leave those out to look back. ROI is (contribution - cost) / cost; what Chinese consoles call ROI is our ROAS.
  zh: 每个活动每日的花费,以及按项目选定的归因模型、由店铺成交证明的回报(本位币)。消耗按账户当地日期,与店铺日期可能相差 zone_mismatch_hours 小时。未归入活动的花费与未归因销售记在 -1 行(有明确标题,并非全部);全部活动当日投产比见 day_roas。覆盖率为该活动当日有归因成交的店铺范围,无归因成交时为全部店铺。分摊到未来日期的费用其 has_day_data 为 false,回看时应排除。ROI =(边际贡献 - 费用)/ 费用;国内投放后台所称 ROI 对应本表 ROAS。
materialize: {incremental: spend_date}
inputs:
  star.fct_ad_spend_daily: report_date
  star.fct_marketing_cost: cost_date
  mart.attribution: order_date
  mart.attribution_coverage: order_date
  star.dim_campaign: all
optional: [campaign_member, marketing_cost, settlement_line, fee_rule, vat_rate, product_cost]
columns:
  spend_date: {en: "Day (of the account for spend, of the shop for sales)", zh: 日期}
  campaign_key: {en: "Key of the campaign; -1 = not mapped to a campaign", zh: "活动键;-1 为未归入活动"}
  campaign_code: {en: Campaign, zh: 活动编号}
  campaign_title: {en: Title of the campaign, zh: 活动名称}
  spend_amount: {en: Ad spend in cash, zh: 广告消耗(现金), passport: spend}
  spend_reported_amount: {en: Ad spend as reported, zh: 广告消耗(报表), passport: spend_reported}
  marketing_cost_amount: {en: Other marketing costs, zh: 其他营销费用, passport: marketing_costs}
  cost_amount: {en: All costs of the campaign, zh: 活动总费用}
  clicks: {en: Clicks, zh: 点击, passport: clicks}
  zone_mismatch_hours: {en: "Hours by which the account's day differs from the project's", zh: 账户与项目时区相差小时}
  credited_net_amount: {en: Credited net sales, zh: 归因净销售额, passport: credited_net_sales}
  credited_margin_amount: {en: Credited contribution before marketing costs, zh: 归因边际贡献}
  margin_missing_reason: {en: Why contribution and ROI are blank, zh: 边际贡献与ROI缺失原因}
  new_customers: {en: New customers of the brand (not additive), zh: 新客数, passport: new_customers}
  roas: {en: "Credited net sales per unit of spend; of -1, what is credited to no campaign per unit of spend that belongs to none", zh: "投产比;-1 行为未归属活动的销售与花费", passport: roas}
  day_roas: {en: "Credited net sales per unit of spend of the whole day, all campaigns and -1 together; the same in each of its rows", zh: 全部活动(含未归入)当日投产比, passport: roas}
  roi: {en: Return on all costs, zh: 投资回报率, passport: roi}
  new_customer_cac: {en: Spend per new customer, zh: 新客获客成本, passport: new_customer_cac}
  has_day_data: {en: "Some spend or sale stands on this day; false where a cost is spread over a day without data, as one to come", zh: "当日有投放或成交数据;费用分摊到尚无数据(如未来)的日期时为 false"}
  coverage: {en: "Share of the day's net sales, in the campaign's shops, that carries a touch which is not direct", zh: 活动所在店铺当日归因覆盖率, passport: coverage}
  is_rankable: {en: Coverage allows ranking campaigns, zh: 可排名}
audits:
  - {unique: [spend_date, campaign_key]}
  - {conserves: credited_net_amount, with: "mart.attribution.case when model = (select model from ops.chosen_attribution_model) then credited_net_base_amount else 0 end"}
  - sql: |
      select *
      from (
          select
              (select coalesce(sum(cost_amount - marketing_cost_amount), 0) from mart.campaign_roi) as shown_amount,
              (select coalesce(cast(sum(spend_cash_amount * base_rate) as decimal(18, 4)), 0) from star.fct_ad_spend_daily where is_of_record) as fact_amount
      ) as compared
      where abs(shown_amount - fact_amount) > 0.01
*/
with spend as (
    select
        fct_ad_spend_daily.report_date as spend_date,
        fct_ad_spend_daily.campaign_key,
        sum(fct_ad_spend_daily.spend_cash_amount * fct_ad_spend_daily.base_rate) as spend_amount,
        sum(fct_ad_spend_daily.spend_reported_amount * fct_ad_spend_daily.base_rate) as spend_reported_amount,
        sum(fct_ad_spend_daily.clicks) as clicks,
        max(fct_ad_spend_daily.zone_mismatch_hours) as zone_mismatch_hours
    from star.fct_ad_spend_daily
    where fct_ad_spend_daily.is_of_record
    group by
        fct_ad_spend_daily.report_date,
        fct_ad_spend_daily.campaign_key
),

other_cost as (
    select
        fct_marketing_cost.cost_date as spend_date,
        fct_marketing_cost.campaign_key,
        sum(fct_marketing_cost.amount * fct_marketing_cost.base_rate) as marketing_cost_amount
    from star.fct_marketing_cost
    group by
        fct_marketing_cost.cost_date,
        fct_marketing_cost.campaign_key
),

credited as (
    select
        attribution.order_date as spend_date,
        attribution.campaign_key,
        sum(attribution.credited_net_base_amount) as credited_net_amount,
        sum(attribution.credited_margin_base_amount) as credited_margin_amount,
        max(attribution.margin_missing_reason) as margin_missing_reason,
        count(distinct case when attribution.is_first_order_brand then attribution.customer_key end) as new_customers
    from mart.attribution
    inner join ops.chosen_attribution_model
        on attribution.model = chosen_attribution_model.model
    group by
        attribution.order_date,
        attribution.campaign_key
),

campaign_shop as (
    select distinct
        attribution.order_date as spend_date,
        attribution.campaign_key,
        attribution.shop_key
    from mart.attribution
    inner join ops.chosen_attribution_model
        on attribution.model = chosen_attribution_model.model
),

campaign_covered as (
    select
        campaign_shop.spend_date,
        campaign_shop.campaign_key,
        sum(attribution_coverage.covered_net_base_amount) as covered_net_amount,
        sum(attribution_coverage.net_sales_base_amount) as net_sales_amount
    from campaign_shop
    inner join mart.attribution_coverage
        on campaign_shop.spend_date = attribution_coverage.order_date
        and campaign_shop.shop_key = attribution_coverage.shop_key
    group by
        campaign_shop.spend_date,
        campaign_shop.campaign_key
),

day_covered as (
    select
        attribution_coverage.order_date as spend_date,
        sum(attribution_coverage.covered_net_base_amount) as covered_net_amount,
        sum(attribution_coverage.net_sales_base_amount) as net_sales_amount
    from mart.attribution_coverage
    group by attribution_coverage.order_date
),

campaign_day as (
    select spend.spend_date, spend.campaign_key from spend
    union
    select other_cost.spend_date, other_cost.campaign_key from other_cost
    union
    select credited.spend_date, credited.campaign_key from credited
),

-- Days that some source tells of; on any other only a cost stands that is spread ahead.
data_day as (
    select spend.spend_date from spend
    union
    select credited.spend_date from credited
),

daily as (
    select
        campaign_day.spend_date,
        campaign_day.campaign_key,
        cast(coalesce(spend.spend_amount, 0) as decimal(18, 4)) as spend_amount,
        cast(coalesce(spend.spend_reported_amount, 0) as decimal(18, 4)) as spend_reported_amount,
        cast(coalesce(other_cost.marketing_cost_amount, 0) as decimal(18, 4)) as marketing_cost_amount,
        cast(coalesce(spend.spend_amount, 0) + coalesce(other_cost.marketing_cost_amount, 0) as decimal(18, 4)) as cost_amount,
        cast(coalesce(spend.clicks, 0) as bigint) as clicks,
        spend.zone_mismatch_hours,
        cast(coalesce(credited.credited_net_amount, 0) as decimal(18, 4)) as credited_net_amount,
        cast(
            case
                when credited.spend_date is null then 0
                when credited.margin_missing_reason is null then credited.credited_margin_amount
            end
            as decimal(18, 4)
        ) as credited_margin_amount,
        credited.margin_missing_reason,
        coalesce(credited.new_customers, 0) as new_customers,
        data_day.spend_date is not null as has_day_data,
        case
            when campaign_covered.spend_date is not null then cast(campaign_covered.covered_net_amount as double) / nullif(cast(campaign_covered.net_sales_amount as double), 0)
            else cast(day_covered.covered_net_amount as double) / nullif(cast(day_covered.net_sales_amount as double), 0)
        end as coverage
    from campaign_day
    left join spend
        on campaign_day.spend_date = spend.spend_date
        and campaign_day.campaign_key = spend.campaign_key
    left join other_cost
        on campaign_day.spend_date = other_cost.spend_date
        and campaign_day.campaign_key = other_cost.campaign_key
    left join credited
        on campaign_day.spend_date = credited.spend_date
        and campaign_day.campaign_key = credited.campaign_key
    left join data_day
        on campaign_day.spend_date = data_day.spend_date
    left join campaign_covered
        on campaign_day.spend_date = campaign_covered.spend_date
        and campaign_day.campaign_key = campaign_covered.campaign_key
    left join day_covered
        on campaign_day.spend_date = day_covered.spend_date
)

select
    daily.spend_date,
    daily.campaign_key,
    dim_campaign.campaign_code,
    case when daily.campaign_key = -1 then '(not mapped to a campaign 未归入活动)' else dim_campaign.title end as campaign_title,
    daily.spend_amount,
    daily.spend_reported_amount,
    daily.marketing_cost_amount,
    daily.cost_amount,
    daily.clicks,
    daily.zone_mismatch_hours,
    daily.credited_net_amount,
    daily.credited_margin_amount,
    daily.margin_missing_reason,
    daily.new_customers,
    cast(daily.credited_net_amount as double) / nullif(cast(daily.spend_amount as double), 0) as roas,
    cast(sum(daily.credited_net_amount) over (partition by daily.spend_date) as double) / nullif(cast(sum(daily.spend_amount) over (partition by daily.spend_date) as double), 0) as day_roas,
    cast(daily.credited_margin_amount - daily.cost_amount as double) / nullif(cast(daily.cost_amount as double), 0) as roi,
    cast(daily.spend_amount as double) / nullif(cast(daily.new_customers as double), 0) as new_customer_cac,
    daily.has_day_data,
    daily.coverage,
    coalesce(daily.coverage >= project.coverage_threshold, false) as is_rankable
from daily
cross join ops.project
left join star.dim_campaign
    on daily.campaign_key = dim_campaign.campaign_key
