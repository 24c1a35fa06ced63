/* transform/star/sql/dim_date.sql
grain: [date_key]
title: {en: Calendar, zh: 日历}
description:
  en: The days from 2015 to 2035 with the State Council's holidays (days off and moved working days, known from 2024 on) and the shopping festivals, and the unknown day -1.
  zh: 2015 至 2035 年的日历,含国务院放假安排(2024 年起,含调休上班日)与大促节点,另有未知日 -1。
materialize: table
audits:
  - {unique: [date_key]}
  - {unique: [calendar_date]}
*/
with calendar as (
    select cast(days.day as date) as calendar_date
    from unnest(sequence(date '2015-01-01', date '2035-12-31', interval '1' day)) as days (day)
),

holiday_calendar (calendar_date, holiday, is_day_off) as (
    values
        (date '2024-01-01', '元旦', true),
        (date '2024-02-10', '春节', true),
        (date '2024-02-11', '春节', true),
        (date '2024-02-12', '春节', true),
        (date '2024-02-13', '春节', true),
        (date '2024-02-14', '春节', true),
        (date '2024-02-15', '春节', true),
        (date '2024-02-16', '春节', true),
        (date '2024-02-17', '春节', true),
        (date '2024-04-04', '清明节', true),
        (date '2024-04-05', '清明节', true),
        (date '2024-04-06', '清明节', true),
        (date '2024-05-01', '劳动节', true),
        (date '2024-05-02', '劳动节', true),
        (date '2024-05-03', '劳动节', true),
        (date '2024-05-04', '劳动节', true),
        (date '2024-05-05', '劳动节', true),
        (date '2024-06-10', '端午节', true),
        (date '2024-09-15', '中秋节', true),
        (date '2024-09-16', '中秋节', true),
        (date '2024-09-17', '中秋节', true),
        (date '2024-10-01', '国庆节', true),
        (date '2024-10-02', '国庆节', true),
        (date '2024-10-03', '国庆节', true),
        (date '2024-10-04', '国庆节', true),
        (date '2024-10-05', '国庆节', true),
        (date '2024-10-06', '国庆节', true),
        (date '2024-10-07', '国庆节', true),
        (date '2025-01-01', '元旦', true),
        (date '2025-01-28', '春节', true),
        (date '2025-01-29', '春节', true),
        (date '2025-01-30', '春节', true),
        (date '2025-01-31', '春节', true),
        (date '2025-02-01', '春节', true),
        (date '2025-02-02', '春节', true),
        (date '2025-02-03', '春节', true),
        (date '2025-02-04', '春节', true),
        (date '2025-04-04', '清明节', true),
        (date '2025-04-05', '清明节', true),
        (date '2025-04-06', '清明节', true),
        (date '2025-05-01', '劳动节', true),
        (date '2025-05-02', '劳动节', true),
        (date '2025-05-03', '劳动节', true),
        (date '2025-05-04', '劳动节', true),
        (date '2025-05-05', '劳动节', true),
        (date '2025-05-31', '端午节', true),
        (date '2025-06-01', '端午节', true),
        (date '2025-06-02', '端午节', true),
        (date '2025-10-01', '国庆节、中秋节', true),
        (date '2025-10-02', '国庆节、中秋节', true),
        (date '2025-10-03', '国庆节、中秋节', true),
        (date '2025-10-04', '国庆节、中秋节', true),
        (date '2025-10-05', '国庆节、中秋节', true),
        (date '2025-10-06', '国庆节、中秋节', true),
        (date '2025-10-07', '国庆节、中秋节', true),
        (date '2025-10-08', '国庆节、中秋节', true),
        (date '2026-01-01', '元旦', true),
        (date '2026-01-02', '元旦', true),
        (date '2026-01-03', '元旦', true),
        (date '2026-02-15', '春节', true),
        (date '2026-02-16', '春节', true),
        (date '2026-02-17', '春节', true),
        (date '2026-02-18', '春节', true),
        (date '2026-02-19', '春节', true),
        (date '2026-02-20', '春节', true),
        (date '2026-02-21', '春节', true),
        (date '2026-02-22', '春节', true),
        (date '2026-02-23', '春节', true),
        (date '2026-04-04', '清明节', true),
        (date '2026-04-05', '清明节', true),
        (date '2026-04-06', '清明节', true),
        (date '2026-05-01', '劳动节', true),
        (date '2026-05-02', '劳动节', true),
        (date '2026-05-03', '劳动节', true),
        (date '2026-05-04', '劳动节', true),
        (date '2026-05-05', '劳动节', true),
        (date '2026-06-19', '端午节', true),
        (date '2026-06-20', '端午节', true),
        (date '2026-06-21', '端午节', true),
        (date '2026-09-25', '中秋节', true),
        (date '2026-09-26', '中秋节', true),
        (date '2026-09-27', '中秋节', true),
        (date '2026-10-01', '国庆节', true),
        (date '2026-10-02', '国庆节', true),
        (date '2026-10-03', '国庆节', true),
        (date '2026-10-04', '国庆节', true),
        (date '2026-10-05', '国庆节', true),
        (date '2026-10-06', '国庆节', true),
        (date '2026-10-07', '国庆节', true),
        (date '2024-02-04', cast(null as varchar), false),
        (date '2024-02-18', cast(null as varchar), false),
        (date '2024-04-07', cast(null as varchar), false),
        (date '2024-04-28', cast(null as varchar), false),
        (date '2024-05-11', cast(null as varchar), false),
        (date '2024-09-14', cast(null as varchar), false),
        (date '2024-09-29', cast(null as varchar), false),
        (date '2024-10-12', cast(null as varchar), false),
        (date '2025-01-26', cast(null as varchar), false),
        (date '2025-02-08', cast(null as varchar), false),
        (date '2025-04-27', cast(null as varchar), false),
        (date '2025-09-28', cast(null as varchar), false),
        (date '2025-10-11', cast(null as varchar), false),
        (date '2026-01-04', cast(null as varchar), false),
        (date '2026-02-14', cast(null as varchar), false),
        (date '2026-02-28', cast(null as varchar), false),
        (date '2026-05-09', cast(null as varchar), false),
        (date '2026-09-20', cast(null as varchar), false),
        (date '2026-10-10', cast(null as varchar), false)
),

festival_span (festival, first_month_day, last_month_day) as (
    values
        ('38节', 301, 308),
        ('618', 601, 620),
        ('99划算节', 909, 911),
        ('双11', 1101, 1111),
        ('双12', 1209, 1212),
        ('年货节', 108, 120)
),

named as (
    select
        calendar.calendar_date,
        extract(year from calendar.calendar_date) as year,
        extract(quarter from calendar.calendar_date) as quarter,
        extract(month from calendar.calendar_date) as month,
        extract(day from calendar.calendar_date) as day_of_month,
        day_of_week(calendar.calendar_date) as day_of_week,
        holiday_calendar.holiday,
        holiday_calendar.is_day_off
    from calendar
    left join holiday_calendar
        on calendar.calendar_date = holiday_calendar.calendar_date
)

select
    cast(named.year * 10000 + named.month * 100 + named.day_of_month as bigint) as date_key,
    named.calendar_date,
    cast(named.year as bigint) as year,
    cast(named.quarter as bigint) as quarter,
    cast(named.month as bigint) as month,
    cast(date_trunc('week', named.calendar_date) as date) as week_start_date,
    cast(named.day_of_week as bigint) as day_of_week,
    named.day_of_week >= 6 as is_weekend,
    named.holiday,
    coalesce(named.is_day_off, named.day_of_week >= 6) as is_day_off,
    festival_span.festival
from named
left join festival_span
    on named.month * 100 + named.day_of_month >= festival_span.first_month_day
    and named.month * 100 + named.day_of_month <= festival_span.last_month_day

union all

select
    cast(-1 as bigint) as date_key,
    cast(null as date) as calendar_date,
    cast(null as bigint) as year,
    cast(null as bigint) as quarter,
    cast(null as bigint) as month,
    cast(null as date) as week_start_date,
    cast(null as bigint) as day_of_week,
    cast(null as boolean) as is_weekend,
    cast(null as varchar) as holiday,
    cast(null as boolean) as is_day_off,
    cast(null as varchar) as festival
