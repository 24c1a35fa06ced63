/* bench/sql/dim_customer.sql
grain: [customer_key]
title: {en: Customer with validity, zh: 客户(带有效期)}
materialize: {keys: customer_id}
dialect: duckdb
*/
select
    customer_key,
    customer_id,
    nickname,
    tier,
    province,
    city,
    valid_from,
    coalesce(lead(valid_from) over (partition by customer_id order by valid_from), timestamp '9999-12-31 00:00:00') as valid_to,
    lead(valid_from) over (partition by customer_id order by valid_from) is null as is_current
from mart.customer_version
