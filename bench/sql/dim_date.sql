/* bench/sql/dim_date.sql
grain: [date_key]
title: {en: Day, zh: 日期}
materialize: table
dialect: duckdb
*/
with day as (
    select unnest(generate_series(timestamp '2024-01-01', timestamp '2027-12-31', interval 1 day)) as d
)

select
    cast(d as date) as date_key,
    cast(year(d) as int) as year,
    cast(quarter(d) as int) as quarter,
    cast(month(d) as int) as month,
    cast(isodow(d) as int) as weekday,
    isodow(d) >= 6 as is_weekend
from day
