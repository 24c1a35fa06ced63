/* transform/star/sql/fct_feedback.sql
grain: [review_key]
title: {en: Feedback, zh: 评价反馈}
description:
  en: One buyer's review of one line, on the shop's local day.
  zh: 买家对一条订单明细的一次评价,按店铺当地日期。
materialize: {keys: review_key, partition_by: reviewed_date}
audits:
  - {unique: [review_key]}
*/
select
    review.review_key,
    coalesce(review.order_key, -1) as order_key,
    coalesce(review.order_line_key, -1) as order_line_key,
    coalesce(review.product_key, -1) as product_key,
    coalesce(shop.shop_key, -1) as shop_key,
    review.item_id,
    review.batch_no,
    review.rating,
    review.tags,
    coalesce(review.is_follow_up, false) as is_follow_up,
    review.reviewed_at,
    cast(at_timezone(review.reviewed_at, coalesce(shop.zone, project.timezone)) as date) as reviewed_date
from entity.review
cross join ops.project
left join entity.shop
    on review.shop_id = shop.shop_id
