select fct_order_line.order_id, dim_listing.is_inferred, dim_listing.title, dim_listing.item_id, dim_product.is_inferred as is_product_inferred
from star.fct_order_line
inner join star.dim_listing
    on fct_order_line.listing_key = dim_listing.listing_key
inner join star.dim_product
    on fct_order_line.product_key = dim_product.product_key
