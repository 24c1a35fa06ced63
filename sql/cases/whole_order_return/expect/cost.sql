select
    fct_order.order_id,
    order_contribution.product_cost_amount
from star.order_contribution
inner join star.fct_order
    on order_contribution.order_key = fct_order.order_key
