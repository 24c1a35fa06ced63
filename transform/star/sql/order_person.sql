/* transform/star/sql/order_person.sql
grain: [order_key]
title: {en: Person of an order, zh: 订单所属人}
description:
  en: The person behind each order whose buyer is known - the one that the identity step joined, else the customer of the id space alone. Orders of unknown buyers are not here.
  zh: 已知买家订单对应的自然人(身份合并结果,否则为单一身份域客户);未知买家订单不在此表。
materialize: {keys: customer_key}
audits:
  - {unique: [order_key]}
  - {not_null: [order_key, customer_key, person_key]}
*/
select
    fct_order.order_key,
    fct_order.customer_key,
    coalesce(customer_identity.person_key, fct_order.customer_key) as person_key,
    fct_order.shop_key,
    fct_order.checkout_id,
    fct_order.placed_at,
    fct_order.paid_at,
    fct_order.paid_date,
    fct_order.is_sale and fct_order.paid_date is not null as is_purchase,
    fct_order.is_sale and fct_order.paid_date is not null and not fct_order.is_refunded_before_shipping as is_acquiring
from star.fct_order
left join star.customer_identity
    on fct_order.customer_key = customer_identity.customer_key
where fct_order.customer_key <> -1
