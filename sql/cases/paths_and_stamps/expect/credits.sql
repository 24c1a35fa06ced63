select
    fct_order.order_id,
    attribution.model,
    coalesce(fct_touch.touch_id, dim_channel.channel) as touch_id,
    coalesce(dim_campaign.campaign_code, '') as campaign_code,
    attribution.credited_net_amount
from mart.attribution
inner join star.fct_order
    on attribution.order_key = fct_order.order_key
inner join star.dim_channel
    on attribution.channel_key = dim_channel.channel_key
inner join star.dim_campaign
    on attribution.campaign_key = dim_campaign.campaign_key
left join star.fct_touch
    on attribution.touch_key = fct_touch.touch_key
where attribution.credited_net_amount <> 0
