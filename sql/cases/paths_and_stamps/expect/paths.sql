select
    fct_order.order_id,
    coalesce(fct_touch.touch_id, '(stamp)') as touch_id,
    order_touch.level,
    order_touch.evidence,
    order_touch.path_position,
    order_touch.path_length
from star.order_touch
inner join star.fct_order
    on order_touch.order_key = fct_order.order_key
left join star.fct_touch
    on order_touch.touch_key = fct_touch.touch_key
