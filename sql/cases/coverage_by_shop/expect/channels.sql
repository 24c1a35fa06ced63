select
    dim_channel.channel,
    dim_channel.title_zh,
    dim_channel.is_direct,
    dim_channel.is_paid
from star.dim_channel
where dim_channel.channel in ('direct', 'live_room', 'newads', 'newsletter', 'oceanengine', 'podcast')
