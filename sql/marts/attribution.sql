/* sql/marts/attribution.sql
grain: [model, order_key, touch_key]
title: {en: Attribution, zh: 归因}
description:
  en: The credit that each touch takes of each paid sale order, by each rule model (a touch to which a model gives nothing has no row). The value of an order is its net_sales_order_day, so a refund restates it; credits of an order sum to it to the smallest unit (largest remainder, ties to the earlier touch). An order without a touch is credited to unattributed. What platforms claim never credits an order.
  zh: 各规则模型下每个触点从每笔已付款销售订单获得的功劳。订单价值为净销售额(订单口径),退款后重算;同一订单各触点功劳之和精确等于该值(最大余数法,相同归较早触点)。无触点订单记入“未归因”;平台声称的成交不参与。
materialize: {keys: order_key, partition_by: order_date}
columns:
  model: {en: Rule model, zh: 归因模型}
  order_key: {en: Key of the order, zh: 订单键}
  order_id: {en: Order, zh: 订单编号}
  shop_key: {en: Key of the shop, zh: 店铺键}
  shop_id: {en: Shop, zh: 店铺编号}
  shop_title: {en: Title of the shop, zh: 店铺名称}
  campaign_key: {en: "Key of the campaign; -1 = not mapped to a campaign", zh: "活动键;-1 为未归入活动"}
  campaign_code: {en: Campaign, zh: 活动编号}
  campaign_title: {en: Title of the campaign, zh: 活动名称}
  channel_key: {en: Key of the channel, zh: 渠道键}
  channel: {en: Channel, zh: 渠道}
  channel_title_en: {en: Title of the channel in English, zh: 渠道英文名}
  channel_title_zh: {en: Title of the channel in Chinese, zh: 渠道中文名}
  touch_key: {en: "Touch; -1 = unattributed", zh: 触点}
  order_date: {en: Day the order was paid, zh: 付款日期}
  level: {en: "Level of evidence (1 stamped, 2 same customer or person; 0 = unattributed)", zh: 证据层级}
  path_position: {en: Position in the path, zh: 路径位置}
  path_length: {en: Length of the path, zh: 路径长度}
  credited_net_amount: {en: Credited net sales (order day), zh: 归因净销售额, passport: credited_net_sales}
  credited_net_base_amount: {en: "Credited net sales in the project's currency", zh: 归因净销售额(本位币)}
  credited_margin_amount: {en: Credited contribution before marketing costs, zh: 归因边际贡献}
  credited_margin_base_amount: {en: "Credited contribution before marketing costs, in the project's currency", zh: 归因边际贡献(本位币)}
  margin_missing_reason: {en: Why the contribution is blank, zh: 边际贡献缺失原因}
optional: [vat_rate, product_cost, settlement_line, fee_rule]
audits:
  - {unique: [model, order_key, touch_key]}
  - {not_null: [model, order_key, touch_key, channel_key, credited_net_amount]}
  - {accepted: {model: [first, last, last_non_direct, linear, position, time_decay]}}
  - {conserves: "case when model = 'linear' then credited_net_amount else 0 end", with: "star.fct_order.case when is_sale and paid_date is not null then net_sales_order_day_amount else 0 end"}
  - sql: select order_key from mart.attribution group by order_key having count(distinct model) <> 6
  - sql: |
      select attribution.model, attribution.order_key
      from mart.attribution
      inner join star.fct_order
          on attribution.order_key = fct_order.order_key
      group by attribution.model, attribution.order_key, fct_order.net_sales_order_day_amount
      having sum(attribution.credited_net_amount) <> fct_order.net_sales_order_day_amount
*/
with rule_model (model) as (
    values ('first'), ('last'), ('last_non_direct'), ('linear'), ('position'), ('time_decay')
),

sale as (
    select
        fct_order.order_key,
        fct_order.order_id,
        fct_order.shop_key,
        fct_order.customer_key,
        fct_order.paid_date,
        fct_order.net_sales_order_day_amount,
        fct_order.currency,
        fct_order.base_rate,
        order_contribution.contribution_amount,
        case when order_contribution.order_key is null then 'no product cost' else order_contribution.missing_reason end as margin_missing_reason,
        dim_currency.units_per_major,
        dim_currency.unit_amount
    from star.fct_order
    inner join star.dim_currency
        on fct_order.currency = dim_currency.currency
    left join star.order_contribution
        on fct_order.order_key = order_contribution.order_key
    where fct_order.is_sale
        and fct_order.paid_date is not null
),

path as (
    select
        order_touch.order_key,
        order_touch.touch_key,
        order_touch.level,
        order_touch.channel_key,
        order_touch.ad_entity_key,
        order_touch.touch_date,
        order_touch.room_id,
        order_touch.video_id,
        order_touch.utm_campaign,
        order_touch.coupon_code,
        order_touch.path_position,
        order_touch.path_length,
        order_touch.seconds_before_order,
        max(case when order_touch.channel <> 'direct' then order_touch.path_position else 0 end) over (partition by order_touch.order_key) as last_non_direct_position
    from star.order_touch
    where order_touch.is_credited
),

weighed as (
    select
        rule_model.model,
        path.order_key,
        path.touch_key,
        path.path_position,
        cast(case rule_model.model
            when 'first' then case when path.path_position = 1 then 1 else 0 end
            when 'last' then case when path.path_position = path.path_length then 1 else 0 end
            when 'last_non_direct' then case
                when path.last_non_direct_position = 0 and path.path_position = path.path_length then 1
                when path.path_position = path.last_non_direct_position then 1
                else 0
            end
            when 'linear' then 1
            when 'position' then case
                when path.path_length <= 2 then 1
                when path.path_position = 1 or path.path_position = path.path_length then 2 * (path.path_length - 2)
                else 1
            end
            else round(1000000000 * power(2, -cast(path.seconds_before_order as double) / (86400 * project.attribution_half_life_days)))
        end as bigint) as weight
    from path
    cross join rule_model
    cross join ops.project
),

weighted as (
    select
        weighed.model,
        weighed.order_key,
        weighed.touch_key,
        weighed.path_position,
        weighed.weight
    from weighed
    where weighed.weight > 0
),

measure as (
    select sale.order_key, 'net' as measure, sale.net_sales_order_day_amount as amount, sale.units_per_major, sale.unit_amount
    from sale
    union all
    select sale.order_key, 'margin' as measure, sale.contribution_amount as amount, sale.units_per_major, sale.unit_amount
    from sale
    where sale.contribution_amount is not null
),

measure_unit as (
    select
        measure.order_key,
        measure.measure,
        measure.amount,
        case when measure.amount * measure.units_per_major = floor(measure.amount * measure.units_per_major) then measure.unit_amount else cast(0.0001 as decimal(18, 4)) end as unit_amount,
        cast(abs(measure.amount) * case when measure.amount * measure.units_per_major = floor(measure.amount * measure.units_per_major) then measure.units_per_major else 10000 end as bigint) as amount_units
    from measure
),

product_of_units as (
    select
        weighted.model,
        weighted.order_key,
        weighted.touch_key,
        weighted.path_position,
        measure_unit.measure,
        measure_unit.amount,
        measure_unit.unit_amount,
        measure_unit.amount_units,
        cast(measure_unit.amount_units as decimal(38, 0)) * weighted.weight as unit_product,
        cast(sum(weighted.weight) over (partition by weighted.order_key, weighted.model, measure_unit.measure) as decimal(38, 0)) as total_weight
    from weighted
    inner join measure_unit
        on weighted.order_key = measure_unit.order_key
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
        floor_share.amount_units - sum(floor_share.floor_units) over (partition by floor_share.order_key, floor_share.model, floor_share.measure) as units_left,
        row_number() over (
            partition by floor_share.order_key, floor_share.model, floor_share.measure
            order by floor_share.remainder desc, floor_share.path_position
        ) as remainder_rank
    from floor_share
),

credit as (
    select
        ranked_share.model,
        ranked_share.order_key,
        ranked_share.touch_key,
        sum(case when ranked_share.measure = 'net' then sign(ranked_share.amount) * (ranked_share.floor_units + case when ranked_share.remainder_rank <= ranked_share.units_left then 1 else 0 end) * ranked_share.unit_amount end) as net_amount,
        sum(case when ranked_share.measure = 'margin' then sign(ranked_share.amount) * (ranked_share.floor_units + case when ranked_share.remainder_rank <= ranked_share.units_left then 1 else 0 end) * ranked_share.unit_amount end) as margin_amount
    from ranked_share
    group by
        ranked_share.model,
        ranked_share.order_key,
        ranked_share.touch_key
),

-- What a touch carries that may name a campaign, besides its ad.
touch_tag as (
    select path.order_key, path.touch_key, path.touch_date, 'room' as tag_kind, path.room_id as tag, 2 as preference
    from path
    union all
    select path.order_key, path.touch_key, path.touch_date, 'video' as tag_kind, path.video_id as tag, 2 as preference
    from path
    union all
    select path.order_key, path.touch_key, path.touch_date, 'coupon' as tag_kind, path.coupon_code as tag, 2 as preference
    from path
    union all
    select path.order_key, path.touch_key, path.touch_date, 'link' as tag_kind, path.utm_campaign as tag, 3 as preference
    from path
),

-- Which of our campaigns a touch belongs to: through its ad first, then its room, video, coupon, then the tag of its link.
campaign_match as (
    select path.order_key, path.touch_key, ad_entity_campaign.campaign_key, 1 as preference
    from path
    inner join star.ad_entity_campaign
        on path.ad_entity_key = ad_entity_campaign.ad_entity_key
        and path.touch_date >= ad_entity_campaign.valid_from_on
        and path.touch_date <= ad_entity_campaign.valid_to_on
    union all
    select touch_tag.order_key, touch_tag.touch_key, campaign_tag.campaign_key, touch_tag.preference
    from touch_tag
    inner join star.campaign_tag
        on touch_tag.tag = campaign_tag.tag
        and touch_tag.tag_kind = campaign_tag.tag_kind
        and touch_tag.touch_date >= campaign_tag.valid_from_on
        and touch_tag.touch_date <= campaign_tag.valid_to_on
),

campaign_of_touch as (
    select
        campaign_match.order_key,
        campaign_match.touch_key,
        campaign_match.campaign_key,
        row_number() over (
            partition by campaign_match.order_key, campaign_match.touch_key
            order by campaign_match.preference, campaign_match.campaign_key
        ) as match_rank
    from campaign_match
),

credited as (
    select
        credit.model,
        credit.order_key,
        credit.touch_key,
        path.level,
        path.channel_key,
        path.ad_entity_key,
        coalesce(campaign_of_touch.campaign_key, -1) as campaign_key,
        path.path_position,
        path.path_length,
        credit.net_amount,
        credit.margin_amount
    from credit
    inner join path
        on credit.order_key = path.order_key
        and credit.touch_key = path.touch_key
    left join campaign_of_touch
        on credit.order_key = campaign_of_touch.order_key
        and credit.touch_key = campaign_of_touch.touch_key
        and campaign_of_touch.match_rank = 1

    union all

    select
        rule_model.model,
        sale.order_key,
        cast(-1 as bigint) as touch_key,
        0 as level,
        key63('unattributed') as channel_key,
        cast(-1 as bigint) as ad_entity_key,
        cast(-1 as bigint) as campaign_key,
        cast(null as bigint) as path_position,
        0 as path_length,
        sale.net_sales_order_day_amount as net_amount,
        sale.contribution_amount as margin_amount
    from sale
    cross join rule_model
    left join (select distinct path.order_key from path) as touched
        on sale.order_key = touched.order_key
    where touched.order_key is null
)

select
    credited.model,
    credited.order_key,
    credited.touch_key,
    sale.paid_date as order_date,
    sale.order_id,
    sale.shop_key,
    dim_shop.shop_id,
    dim_shop.title as shop_title,
    sale.customer_key,
    credited.campaign_key,
    dim_campaign.campaign_code,
    case when credited.campaign_key = -1 then '(not mapped to a campaign 未归入活动)' else dim_campaign.title end as campaign_title,
    credited.channel_key,
    dim_channel.channel,
    dim_channel.title_en as channel_title_en,
    dim_channel.title_zh as channel_title_zh,
    credited.ad_entity_key,
    cast(credited.level as bigint) as level,
    credited.path_position,
    credited.path_length,
    coalesce(order_sequence.is_first_order_shop, false) as is_first_order_shop,
    order_sequence.is_first_order_brand,
    cast(credited.net_amount as decimal(18, 4)) as credited_net_amount,
    cast(credited.net_amount * sale.base_rate as decimal(18, 4)) as credited_net_base_amount,
    cast(credited.margin_amount as decimal(18, 4)) as credited_margin_amount,
    cast(credited.margin_amount * sale.base_rate as decimal(18, 4)) as credited_margin_base_amount,
    sale.margin_missing_reason,
    sale.currency
from credited
inner join sale
    on credited.order_key = sale.order_key
left join star.order_sequence
    on credited.order_key = order_sequence.order_key
left join star.dim_shop
    on sale.shop_key = dim_shop.shop_key
left join star.dim_campaign
    on credited.campaign_key = dim_campaign.campaign_key
left join star.dim_channel
    on credited.channel_key = dim_channel.channel_key
