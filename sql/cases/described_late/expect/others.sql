select 'touch' as fact, dim_customer.is_inferred as is_customer_inferred, dim_ad_entity.is_inferred as is_other_inferred
from star.fct_touch
inner join star.dim_customer on fct_touch.customer_key = dim_customer.customer_key
inner join star.dim_ad_entity on fct_touch.ad_entity_key = dim_ad_entity.ad_entity_key
inner join star.dim_product on fct_touch.product_key = dim_product.product_key
union all
select 'cost' as fact, dim_campaign.is_inferred, dim_creator.is_inferred
from star.fct_marketing_cost
inner join star.dim_campaign on fct_marketing_cost.campaign_key = dim_campaign.campaign_key
inner join star.dim_creator on fct_marketing_cost.creator_key = dim_creator.creator_key
union all
select 'traffic' as fact, dim_shop.is_inferred, cast(null as boolean)
from star.fct_traffic_daily
inner join star.dim_shop on fct_traffic_daily.shop_key = dim_shop.shop_key
union all
select 'shipment' as fact, dim_warehouse.is_inferred, cast(null as boolean)
from star.fct_shipment_line
inner join star.dim_warehouse on fct_shipment_line.warehouse_key = dim_warehouse.warehouse_key
union all
select 'purchase' as fact, dim_warehouse.is_inferred, dim_product.is_inferred
from star.fct_purchase
inner join star.dim_warehouse on fct_purchase.warehouse_key = dim_warehouse.warehouse_key
inner join star.dim_product on fct_purchase.product_key = dim_product.product_key
