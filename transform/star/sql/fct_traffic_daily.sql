/* transform/star/sql/fct_traffic_daily.sql
grain: [traffic_date, shop_key, traffic_source, item_id]
title: {en: Traffic by day, zh: 每日流量}
description:
  en: What the platform itself reports of a shop's visits (aggregate; there are no visitors to follow). Visitors are not additive over days, sources or listings.
  zh: 平台自报的店铺流量(聚合数据,无法追踪到访客);访客数不可跨日、来源、商品相加。
materialize: {incremental: traffic_date}
inputs: {entity.traffic_daily: traffic_date}
audits:
  - {unique: [traffic_date, shop_key, traffic_source, item_id]}
*/
select
    traffic_daily.traffic_date,
    traffic_daily.shop_key,
    traffic_daily.traffic_source,
    traffic_daily.item_id,
    traffic_daily.traffic_source = '' and traffic_daily.item_id = '' as is_shop_total,
    traffic_daily.pv,
    traffic_daily.uv,
    traffic_daily.cart_users,
    traffic_daily.buyers,
    traffic_daily.platform_paid_amount,
    traffic_daily.currency
from entity.traffic_daily
