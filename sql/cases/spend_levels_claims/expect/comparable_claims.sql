select sum(fct_ad_claim.amount) as amount
from star.fct_ad_claim
where fct_ad_claim.is_current
    and fct_ad_claim.is_comparable
