/* transform/star/sql/stock_snapshot.sql
grain: [stock_level_key]
title: {en: Stock snapshot, zh: 库存快照}
description:
  en: One SKU's stock in one warehouse and batch at one instant. available = sellable - order_locked - frozen - unsellable_expiry, may be negative and is never clipped; pick_locked is inside order_locked and not taken off again, virtual stock is not goods. Where the source does not say what is too old to ship, it is what a batch has unlocked when its expiry is nearer than the product's minimum remaining life. is_ahead marks an instant more than a day after the reading itself.
  zh: 某仓某批次某 SKU 在某时刻的库存。可用 = 良品 - 订单占用 - 冻结 - 效期不足,可为负且不截断;待发已含在订单占用内,不重复扣减;虚拟库存不计。is_ahead 表示来源所记时刻晚于读取时刻一天以上。来源未给效期不足数时,剩余效期低于最低要求的批次,其未占用部分视为不可售。
materialize: {keys: stock_level_key, partition_by: stock_date}
audits:
  - {unique: [stock_level_key]}
  - {not_null: [warehouse_key, product_key, as_of_at, stock_date, available_qty]}
*/
with zoned as (
    select
        stock_level.*,
        cast(at_timezone(stock_level.as_of_at, coalesce(dim_warehouse.zone, project.timezone)) as date) as as_of_date,
        -- A snapshot taken at midnight closes the day before.
        cast(at_timezone(stock_level.as_of_at - interval '1' second, coalesce(dim_warehouse.zone, project.timezone)) as date) as stock_date,
        product.min_remaining_days
    from entity.stock_level
    cross join ops.project
    left join star.dim_warehouse
        on stock_level.warehouse_key = dim_warehouse.warehouse_key
    left join entity.product
        on stock_level.product_key = product.product_key
),

expired as (
    select
        zoned.*,
        coalesce(
            zoned.unsellable_expiry_qty,
            case
                when zoned.expires_on < cast(zoned.as_of_date + interval '1' day * coalesce(zoned.min_remaining_days, 0) as date)
                    and zoned.on_hand_sellable_qty > zoned.order_locked_qty
                    then zoned.on_hand_sellable_qty - zoned.order_locked_qty
                else 0
            end
        ) as too_old_qty
    from zoned
)

select
    expired.stock_level_key,
    expired.warehouse_key,
    expired.product_key,
    expired.batch_no,
    expired.as_of_at,
    expired.stock_date,
    expired.on_hand_sellable_qty,
    expired.order_locked_qty,
    coalesce(expired.pick_locked_qty, 0) as pick_locked_qty,
    coalesce(expired.frozen_qty, 0) as frozen_qty,
    cast(expired.too_old_qty as decimal(18, 4)) as unsellable_expiry_qty,
    coalesce(expired.returns_bin_qty, 0) as returns_bin_qty,
    coalesce(expired.receiving_qty, 0) as receiving_qty,
    coalesce(expired.defective_qty, 0) as defective_qty,
    coalesce(expired.inbound_purchase_qty, 0) as inbound_purchase_qty,
    coalesce(expired.inbound_transfer_qty, 0) as inbound_transfer_qty,
    coalesce(expired.virtual_qty, 0) as virtual_qty,
    cast(coalesce(expired.source_available_qty, expired.on_hand_sellable_qty + coalesce(expired.virtual_qty, 0) - expired.order_locked_qty) as decimal(18, 4)) as source_available_qty,
    cast(expired.on_hand_sellable_qty - expired.order_locked_qty - coalesce(expired.frozen_qty, 0) - expired.too_old_qty as decimal(18, 4)) as available_qty,
    expired.expires_on,
    expired.as_of_at > expired._extracted_at + interval '24' hour as is_ahead
from expired
