-- Macros that let DuckDB run SQL written in Trino's dialect with Trino's answers.
create or replace macro key63(x) as cast(('0x' || left(md5(x), 16))::ubigint & 9223372036854775807 as bigint);
create or replace macro json_extract_scalar(j, p) as case when json_valid(j) then case json_type(j, p) when 'OBJECT' then null when 'ARRAY' then null else json_extract_string(j, p) end end;
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
-- What a text must look like to be a value; the inline functions of the same names in warehouse/trino/functions.go have it too.
create or replace macro heliu_bigint(x) as case when typeof(x) = 'VARCHAR' and not regexp_full_match(cast(x as varchar), '[ \t\n\x0B\f\r]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\x0B\f\r]*') then null else try_cast(x as bigint) end;
create or replace macro heliu_double(x) as case when typeof(x) = 'VARCHAR' and not regexp_full_match(cast(x as varchar), '[ \t\n\x0B\f\r]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\x0B\f\r]*') then null else try_cast(x as double) end;
create or replace macro heliu_decimal_18_4(x) as case when typeof(x) = 'VARCHAR' and not regexp_full_match(cast(x as varchar), '[ \t\n\x0B\f\r]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\x0B\f\r]*') then null else try_cast(x as decimal(18, 4)) end;
create or replace macro heliu_decimal_38_8(x) as case when typeof(x) = 'VARCHAR' and not regexp_full_match(cast(x as varchar), '[ \t\n\x0B\f\r]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\x0B\f\r]*') then null else try_cast(x as decimal(38, 8)) end;
create or replace macro heliu_boolean(x) as try_cast(x as boolean);
create or replace macro heliu_date(x) as case when typeof(x) = 'VARCHAR' and not regexp_full_match(cast(x as varchar), '[ \t\n\x0B\f\r]*(?:[1-9][0-9]{3}-[0-9]{1,2}-[0-9]{1,2}|[1-9][0-9]{3}/[0-9]{1,2}/[0-9]{1,2})(?:[ T][0-9].*)?[ \t\n\x0B\f\r]*') then null else try_cast(x as date) end;
create or replace macro heliu_instant(x) as case when typeof(x) = 'VARCHAR' and not regexp_full_match(cast(x as varchar), '[ \t\n\x0B\f\r]*(?:[1-9][0-9]{3}-[0-9]{1,2}-[0-9]{1,2}|[1-9][0-9]{3}/[0-9]{1,2}/[0-9]{1,2})(?:[ T](?:(?:[01]?[0-9]|2[0-3]):[0-9]{1,2}(?::[0-9]{1,2})?|(?:[01]?[0-9]|2[0-3]):[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?(?:Z| UTC|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)[ \t\n\x0B\f\r]*)?') then null else try_cast(x as timestamp with time zone) end;
