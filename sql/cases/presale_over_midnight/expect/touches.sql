select
    fct_touch.touch_id,
    order_touch.is_credited,
    order_touch.path_position
from star.order_touch
inner join star.fct_touch
    on order_touch.touch_key = fct_touch.touch_key
