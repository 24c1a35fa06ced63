select
    attribution.model,
    fct_order.order_id,
    coalesce(fct_touch.touch_id, '(unattributed)') as touch_id,
    attribution.order_date,
    attribution.credited_net_amount
from mart.attribution
inner join star.fct_order
    on attribution.order_key = fct_order.order_key
left join star.fct_touch
    on attribution.touch_key = fct_touch.touch_key
where attribution.model in ('last', 'linear')
