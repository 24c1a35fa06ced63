/* transform/star/sql/kept_out_daily.sql
grain: [business_date, shop_key]
title: {en: Orders kept out by day, zh: 每日被隔离订单}
description:
  en: Per shop and day, the orders that are not in the figures, or not as they should be, because a record of them was kept out. kept_out_orders have a payment day that could be read, or a line of an order of that day was kept out. maybe_kept_out_records may be of the day - one without a readable payment day from its placing (if that is not readable either, from ever) to its reading, one that could not be decoded at all on every day of the window in which it was read. A record whose shop nobody knows may be of any shop. kept_out_refunds are refunds of the day's orders that are in no figure.
  zh: 各店铺每日因记录被隔离而未(正确)计入的订单:kept_out_orders 为支付日可读或所属订单在该日的;maybe_kept_out_records 为可能属于该日的(支付日不可读时自下单日起至读取日,完全无法解析的记录为其读取窗口内的每一天);店铺不明的记录可能属于任何店铺。kept_out_refunds 为当日订单被隔离、未计入任何数值的退款。
materialize: table
audits:
  - {unique: [business_date, shop_key]}
  - {not_null: [business_date, shop_key, kept_out_orders, maybe_kept_out_records, kept_out_refunds]}
*/
with order_record as (
    select
        kept_order.entity_key as order_key,
        json_extract_scalar(kept_order.record, '$.shop_id') as shop_id,
        json_extract_scalar(kept_order.record, '$.status') as status,
        try_cast(json_extract_scalar(kept_order.record, '$.placed_at') as timestamp with time zone) as placed_at,
        try_cast(json_extract_scalar(kept_order.record, '$.paid_at') as timestamp with time zone) as paid_at,
        kept_order._extracted_at as read_at
    from quarantine.order as kept_order
),

line_record as (
    select
        kept_line._extracted_at as read_at,
        json_extract_scalar(kept_line.record, '$.shop_id') as shop_id,
        json_extract_scalar(kept_line.record, '$.order_id') as order_id
    from quarantine.order_line as kept_line
),

-- An order that is known to be unpaid is in no figure of a paid day; a status that no code table knows says nothing.
kept_order as (
    select
        order_record.shop_id,
        order_record.paid_at,
        order_record.placed_at as not_before_at,
        order_record.read_at as not_after_at,
        cast(null as date) as order_paid_date,
        cast(1 as bigint) as record_count
    from order_record
    where coalesce(order_record.status, '') not in ('unpaid', 'deposit_paid')
        and (coalesce(order_record.status, '') <> 'closed_unpaid' or order_record.paid_at is not null)
),

-- A line of an order that is itself kept out counts with its order.
kept_line as (
    select
        line_record.shop_id,
        cast(null as timestamp with time zone) as paid_at,
        cast(null as timestamp with time zone) as not_before_at,
        line_record.read_at as not_after_at,
        order_header.paid_date as order_paid_date,
        cast(1 as bigint) as record_count
    from line_record
    left join (select distinct order_record.order_key from order_record) as with_order
        on key63(line_record.shop_id || chr(31) || line_record.order_id) = with_order.order_key
    left join star.order_header
        on key63(line_record.shop_id || chr(31) || line_record.order_id) = order_header.order_key
    where with_order.order_key is null
        and (order_header.order_key is null or order_header.paid_date is not null)
),

source_shop as (
    select distinct
        orders._source as source,
        orders.shop_id
    from entity.order as orders
    where orders._source in (select rejected_window.source from ops.rejected_window)
),

rejected as (
    select
        source_shop.shop_id,
        cast(null as timestamp with time zone) as paid_at,
        rejected_window.window_from as not_before_at,
        coalesce(rejected_window.window_to - interval '1' second, rejected_window.read_at) as not_after_at,
        cast(null as date) as order_paid_date,
        rejected_window.record_count
    from ops.rejected_window
    left join source_shop
        on rejected_window.source = source_shop.source
),

kept as (
    select * from kept_order
    union all
    select * from kept_line
    union all
    select * from rejected
),

known_shop as (
    select
        dim_shop.shop_key,
        dim_shop.shop_id,
        dim_shop.zone
    from star.dim_shop
    where dim_shop.shop_key <> -1
),

of_shop as (
    select kept.*, known_shop.shop_key, known_shop.zone
    from kept
    inner join known_shop
        on kept.shop_id = known_shop.shop_id
    union all
    select kept.*, known_shop.shop_key, known_shop.zone
    from kept
    cross join known_shop
    where kept.shop_id is null
        or kept.shop_id not in (select known_shop.shop_id from known_shop)
),

dated as (
    select
        of_shop.shop_key,
        of_shop.record_count,
        coalesce(of_shop.order_paid_date, cast(at_timezone(of_shop.paid_at, of_shop.zone) as date)) as paid_date,
        coalesce(cast(at_timezone(of_shop.not_before_at, of_shop.zone) as date), date '2015-01-01') as from_date,
        cast(at_timezone(of_shop.not_after_at, of_shop.zone) as date) as to_date
    from of_shop
),

counted as (
    select
        dim_date.calendar_date as business_date,
        dated.shop_key,
        case when dated.paid_date is not null then dated.record_count else 0 end as order_count,
        case when dated.paid_date is null then dated.record_count else 0 end as maybe_count,
        cast(0 as bigint) as refund_count
    from dated
    inner join star.dim_date
        on dim_date.calendar_date >= coalesce(dated.paid_date, dated.from_date)
        and dim_date.calendar_date <= coalesce(dated.paid_date, dated.to_date)
    union all
    select
        order_header.paid_date as business_date,
        order_header.shop_key,
        cast(0 as bigint) as order_count,
        cast(0 as bigint) as maybe_count,
        cast(1 as bigint) as refund_count
    from quarantine.refund as kept_refund
    inner join star.order_header
        on key63(json_extract_scalar(kept_refund.record, '$.shop_id') || chr(31) || json_extract_scalar(kept_refund.record, '$.order_id')) = order_header.order_key
    where order_header.paid_date is not null
)

select
    counted.business_date,
    counted.shop_key,
    cast(sum(counted.order_count) as bigint) as kept_out_orders,
    cast(sum(counted.maybe_count) as bigint) as maybe_kept_out_records,
    cast(sum(counted.refund_count) as bigint) as kept_out_refunds
from counted
group by
    counted.business_date,
    counted.shop_key
