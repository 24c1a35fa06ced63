/* transform/star/sql/order_sequence.sql
grain: [order_key]
title: {en: Order in the person's history, zh: 购买次序}
description:
  en: Whether a paid sale order is the person's first, in the shop and in the brand. An order fully refunded before shipping wins no customer; the next paid one does. Orders paid at one checkout, or on one day, are one purchase.
  zh: 已付款销售订单是否为该人在本店及全品牌的首单;发货前全额退款不算获客;同一次付款或同一天的订单算一次购买。
materialize: {keys: person_key}
audits:
  - {unique: [order_key]}
  - sql: select * from star.order_sequence where person_key = -1
*/
with purchase as (
    select
        order_person.order_key,
        order_person.customer_key,
        order_person.person_key,
        order_person.shop_key,
        order_person.checkout_id,
        order_person.paid_date,
        order_person.is_acquiring,
        row_number() over (
            partition by order_person.person_key, order_person.is_acquiring
            order by order_person.paid_at, order_person.order_key
        ) as brand_rank,
        row_number() over (
            partition by order_person.person_key, order_person.shop_key, order_person.is_acquiring
            order by order_person.paid_at, order_person.order_key
        ) as shop_rank,
        dense_rank() over (partition by order_person.person_key, order_person.is_acquiring order by order_person.paid_date) as purchase_number
    from star.order_person
    where order_person.is_purchase
)

select
    purchase.order_key,
    purchase.customer_key,
    purchase.person_key,
    purchase.shop_key,
    purchase.paid_date,
    purchase.is_acquiring and purchase.shop_rank = 1 as is_first_order_shop,
    purchase.is_acquiring and purchase.brand_rank = 1 as is_first_order_brand,
    case when purchase.is_acquiring then purchase.purchase_number end as purchase_number
from purchase
