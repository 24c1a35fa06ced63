select
    campaign_roi.spend_date,
    coalesce(dim_campaign.campaign_code, '') as campaign_code,
    campaign_roi.spend_amount,
    campaign_roi.spend_reported_amount,
    campaign_roi.marketing_cost_amount,
    campaign_roi.cost_amount,
    campaign_roi.credited_net_amount,
    campaign_roi.roi,
    campaign_roi.margin_missing_reason,
    campaign_roi.has_day_data
from mart.campaign_roi
inner join star.dim_campaign
    on campaign_roi.campaign_key = dim_campaign.campaign_key
