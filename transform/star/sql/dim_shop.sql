/* transform/star/sql/dim_shop.sql
grain: [shop_key]
title: {en: Shop, zh: 店铺}
description:
  en: One row per shop we sell in. The zone decides which day an order belongs to. A shop that facts name and heliu.yaml does not is an inferred member in the project's own zone and currency; -1 is the unknown member.
  zh: 每个销售店铺一行,时区决定订单归属的日期;事实表出现而 heliu.yaml 未登记的店铺为推断成员(is_inferred),取项目时区与本位币;-1 为未知成员。
materialize: table
audits:
  - {unique: [shop_key]}
  - {not_null: [shop_key, zone, currency, is_inferred]}
*/
with project as (
    select
        project.timezone,
        project.base_currency
    from ops.project
),

used as (
    select shop_key, shop_id from entity.order
    union
    select shop_key, shop_id from entity.refund
    union
    select shop_key, shop_id from entity.listing
    union
    select shop_key, shop_id from entity.touch
    union
    select shop_key, shop_id from entity.traffic_daily
    union
    select shop_key, shop_id from entity.live_session
    union
    select shop_key, shop_id from entity.settlement_line
    union
    select shop_key, shop_id from entity.marketing_cost
)

select
    shop.shop_key,
    shop.shop_id,
    shop.title,
    shop.platform,
    shop.zone,
    shop.currency,
    shop.business_model,
    shop.sales_of_record,
    shop.legal_entity,
    false as is_inferred
from entity.shop

union all

select
    used.shop_key,
    used.shop_id,
    used.shop_id as title,
    '(unknown)' as platform,
    project.timezone as zone,
    project.base_currency as currency,
    '(unknown)' as business_model,
    'platform' as sales_of_record,
    cast(null as varchar) as legal_entity,
    true as is_inferred
from used
cross join project
left join entity.shop
    on used.shop_key = shop.shop_key
where shop.shop_key is null
    and used.shop_key is not null

union all

select
    cast(-1 as bigint) as shop_key,
    cast(null as varchar) as shop_id,
    '(unknown)' as title,
    '(unknown)' as platform,
    project.timezone as zone,
    project.base_currency as currency,
    '(unknown)' as business_model,
    'platform' as sales_of_record,
    cast(null as varchar) as legal_entity,
    false as is_inferred
from project
