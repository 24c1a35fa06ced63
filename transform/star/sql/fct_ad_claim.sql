/* transform/star/sql/fct_ad_claim.sql
grain: [ad_claim_key]
title: {en: Ad claim, zh: 平台声称成交}
description:
  en: What a platform claims for one ad node, day, basis, window and action, every version kept. It is never sales and credits no order; whole-room claims (includes_organic) are never summed with others (is_comparable).
  zh: 平台对投放对象声称的成交,保留全部版本;不是销售额,不参与订单归因;含自然流量的全域成交不得与其他相加(is_comparable)。
materialize: {keys: ad_entity_key, partition_by: claim_date}
audits:
  - {unique: [ad_claim_key]}
  - {not_null: [ad_claim_key, version_number, is_current]}
*/
with reading as (
    select
        ad_claim.*,
        lag(ad_claim.seen_at) over series as seen_before,
        lag(ad_claim.amount) over series as amount_before,
        lag(ad_claim.orders) over series as orders_before,
        lag(ad_claim.currency) over series as currency_before,
        lag(ad_claim.includes_organic) over series as organic_before
    from entity.ad_claim
    window series as (
        partition by
            ad_claim.ad_entity_key, ad_claim.claim_date, ad_claim.date_basis, ad_claim.claim_window,
            ad_claim.action, ad_claim.value_basis
        order by ad_claim.seen_at
    )
),

version as ( -- the days are read again every night: a claim that is read unchanged is no new version
    select
        reading.*,
        row_number() over series as version_number,
        lead(reading.seen_at) over series as next_seen_at
    from reading
    where reading.seen_before is null
        or reading.amount is distinct from reading.amount_before
        or reading.orders is distinct from reading.orders_before
        or reading.currency <> reading.currency_before
        or reading.includes_organic <> reading.organic_before
    window series as (
        partition by
            reading.ad_entity_key, reading.claim_date, reading.date_basis, reading.claim_window,
            reading.action, reading.value_basis
        order by reading.seen_at
    )
)

select
    version.ad_claim_key,
    version.ad_entity_key,
    version.platform,
    version.account_id,
    version.level as claim_level,
    version.claim_date,
    version.date_basis,
    version.claim_window,
    version.action,
    version.value_basis,
    version.version_number,
    version.next_seen_at is null as is_current,
    not version.includes_organic as is_comparable,
    version.includes_organic,
    version.orders,
    version.amount,
    cast(version.amount - coalesce(version.amount_before, 0) as decimal(18, 4)) as restated_amount,
    version.orders - coalesce(version.orders_before, 0) as restated_orders,
    version.currency,
    version.seen_at
from version
