/* transform/star/sql/promoted_product_daily.sql
grain: [report_date, shop_key, product_key]
title: {en: Promoted product by day, zh: 每日在投商品}
description:
  en: What was spent in a day on ads that show a product's listings in a shop, in the project's currency.
  zh: 每日用于在某店铺展示某商品链接的广告消耗(本位币)。
materialize: {incremental: report_date}
audits:
  - {unique: [report_date, shop_key, product_key]}
*/
select
    ad_product_daily.report_date,
    ad_product_daily.shop_key,
    ad_product_daily.product_key,
    cast(sum(ad_product_daily.spend_base_amount) as decimal(18, 4)) as spend_base_amount
from star.ad_product_daily
group by
    ad_product_daily.report_date,
    ad_product_daily.shop_key,
    ad_product_daily.product_key
