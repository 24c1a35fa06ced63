/* transform/star/sql/stock_calendar.sql
grain: [calendar_date]
title: {en: Days of the stock book, zh: 库存账日期}
description:
  en: The days from the first stock snapshot to the last day of which a snapshot or an order tells. What a source dates more than a day after it was read moves no day. The day before a day that is here is a day that is over.
  zh: 首次库存快照至最后一次快照或订单所在日的逐日日历;来源所记时刻晚于读取时刻一天以上的记录不计。此处每一天的前一天均已结束。
materialize: table
audits:
  - {unique: [calendar_date]}
*/
with snapshot_span as (
    select
        min(stock_snapshot.stock_date) as first_date,
        max(stock_snapshot.stock_date) as last_date
    from star.stock_snapshot
    where not stock_snapshot.is_ahead
),

last_order as (
    select max(cast(at_timezone(orders.placed_at, project.timezone) as date)) as last_date
    from entity.order as orders
    cross join ops.project
    where orders.placed_at <= orders._extracted_at + interval '24' hour
),

book as (
    select
        snapshot_span.first_date,
        case when last_order.last_date > snapshot_span.last_date then last_order.last_date else snapshot_span.last_date end as last_date
    from snapshot_span
    cross join last_order
)

select
    dim_date.calendar_date,
    cast(dim_date.calendar_date - interval '1' day as date) as day_before
from star.dim_date
inner join book
    on dim_date.calendar_date >= book.first_date
    and dim_date.calendar_date <= book.last_date
