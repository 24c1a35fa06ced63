select
    fct_order_line.order_id,
    fct_order_line.line_id,
    fct_order_line.returned_quantity
from star.fct_order_line
