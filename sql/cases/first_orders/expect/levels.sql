select
    dim_customer.member_level,
    dim_customer.version_number,
    dim_customer.valid_from_at,
    dim_customer.valid_to_at,
    dim_customer.is_current
from star.dim_customer
where dim_customer.customer_key = key63('taobao:app' || chr(31) || 'u1')
