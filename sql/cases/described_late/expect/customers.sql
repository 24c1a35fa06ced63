select fct_order.order_id, dim_customer.is_inferred, dim_customer.member_level, dim_customer.customer_key = -1 as is_unknown, dim_shop.is_inferred as is_shop_inferred
from star.fct_order
inner join star.dim_customer
    on fct_order.customer_key = dim_customer.customer_key
    and dim_customer.is_current
inner join star.dim_shop
    on fct_order.shop_key = dim_shop.shop_key
