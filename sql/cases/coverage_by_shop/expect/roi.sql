select
    campaign_roi.campaign_code,
    campaign_roi.campaign_title,
    campaign_roi.credited_net_amount,
    campaign_roi.coverage,
    campaign_roi.is_rankable
from mart.campaign_roi
