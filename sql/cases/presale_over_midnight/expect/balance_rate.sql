select
    funnel_daily.business_date,
    funnel_daily.step_count,
    funnel_daily.step_rate
from mart.funnel_daily
where funnel_daily.basis = 'order'
    and funnel_daily.step = 'balance_paid'
