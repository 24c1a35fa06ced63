select
    fct_order.order_id,
    fct_order_component.sku_code,
    fct_order_component.quantity,
    fct_order_component.seller_due_amount,
    fct_order_component.is_gift,
    fct_order_component.origin
from star.fct_order_component
inner join star.fct_order
    on fct_order_component.order_key = fct_order.order_key
