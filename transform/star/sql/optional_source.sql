/* transform/star/sql/optional_source.sql
grain: [source_name]
title: {en: Optional source, zh: 可选数据源}
description:
  en: Whether anything has come of the entities without which marts blank some columns.
  zh: 缺失时报表部分列留空的实体是否已有数据。
materialize: table
audits:
  - {unique: [source_name]}
*/
select 'ad_listing' as source_name, exists (select 1 from entity.ad_listing) as is_present
union all
select 'traffic_daily' as source_name, exists (select 1 from entity.traffic_daily) as is_present
union all
select 'settlement_line' as source_name, exists (select 1 from entity.settlement_line) as is_present
union all
select 'purchase_order' as source_name, exists (select 1 from entity.purchase_order) as is_present
union all
select 'warehouse_shop' as source_name, exists (select 1 from entity.warehouse_shop) as is_present
