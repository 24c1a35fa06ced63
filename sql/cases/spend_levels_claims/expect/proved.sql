select
    dim_channel.channel,
    sum(attribution.credited_net_amount) as credited_net_amount
from mart.attribution
inner join star.dim_channel
    on attribution.channel_key = dim_channel.channel_key
where attribution.model = 'last_non_direct'
group by dim_channel.channel
