select
    funnel_daily.basis,
    funnel_daily.step,
    funnel_daily.step_count,
    funnel_daily.step_rate,
    funnel_daily.missing_reason
from mart.funnel_daily
