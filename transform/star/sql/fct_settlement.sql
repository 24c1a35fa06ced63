/* transform/star/sql/fct_settlement.sql
grain: [settlement_line_key]
title: {en: Settlement, zh: 结算明细}
description:
  en: One entry of a platform's bill, signed (+ to us), on the day it was settled.
  zh: 平台账单一条,带符号(+ 为应收),按结算日。
materialize: {keys: order_key, partition_by: settled_date}
audits:
  - {unique: [settlement_line_key]}
*/
select
    settlement_line.settlement_line_key,
    coalesce(settlement_line.order_key, -1) as order_key,
    coalesce(settlement_line.order_line_key, -1) as order_line_key,
    settlement_line.shop_key,
    settlement_line.bill_id,
    settlement_line.settlement_line_id,
    settlement_line.fee_type,
    settlement_line.amount,
    settlement_line.currency,
    settlement_line.settled_at,
    cast(at_timezone(settlement_line.settled_at, coalesce(shop.zone, project.timezone)) as date) as settled_date
from entity.settlement_line
cross join ops.project
left join entity.shop
    on settlement_line.shop_key = shop.shop_key
