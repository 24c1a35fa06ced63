select
    fct_live_session.live_session_id,
    fct_live_session.room_count,
    fct_order.paid_date,
    sum(fct_order.net_sales_order_day_amount) as net_sales_order_day_amount
from star.fct_live_session
inner join star.order_live_session
    on fct_live_session.live_session_key = order_live_session.live_session_key
inner join star.fct_order
    on order_live_session.order_key = fct_order.order_key
group by
    fct_live_session.live_session_id,
    fct_live_session.room_count,
    fct_order.paid_date
