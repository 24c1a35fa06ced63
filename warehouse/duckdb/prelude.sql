-- Macros that let DuckDB run SQL written in Trino's dialect with Trino's answers.
create or replace macro key63(x) as cast(('0x' || left(md5(x), 16))::ubigint & 9223372036854775807 as bigint);
create or replace macro json_extract_scalar(j, p) as json_extract_string(j, p);
create or replace macro approx_percentile(x, q) as approx_quantile(cast(x as double), q);
create or replace macro approx_distinct(x) as approx_count_distinct(x);
create or replace macro regexp_like(s, p) as regexp_matches(s, p);
create or replace macro sequence(a, b, s) as generate_series(a, b, s);
create or replace macro date_diff(u, a, b) as date_sub(u, a, b);
create or replace macro date_add(u, n, d) as case u when 'day' then d + to_days(n::int) when 'week' then d + to_weeks(n::int) when 'month' then d + to_months(n::int) when 'year' then d + to_years(n::int) when 'hour' then d + to_hours(n::bigint) end;
create or replace macro day_of_week(d) as isodow(d);
create or replace macro element_at(a, i) as a[i];
create or replace macro array_join(a, s) as array_to_string(a, s);
create or replace macro last_day_of_month(d) as last_day(d);
create or replace macro from_unixtime(x) as to_timestamp(x);
create or replace macro at_timezone(t, z) as timezone(z, t);
