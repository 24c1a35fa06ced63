select
    fct_order.order_id,
    order_sequence.is_first_order_shop,
    order_sequence.is_first_order_brand,
    order_sequence.purchase_number
from star.order_sequence
inner join star.fct_order
    on order_sequence.order_key = fct_order.order_key
