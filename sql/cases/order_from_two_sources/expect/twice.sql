select order_header.order_id
from star.order_header
inner join entity.order__history
    on order_header.order_key = order__history.order_key
group by order_header.order_id
having min(order__history._source) <> max(order__history._source)
