/* transform/star/sql/exchange_rate_daily.sql
grain: [currency, rate_date]
title: {en: Exchange rate of a day, zh: 每日汇率}
description:
  en: The rate from each currency into the project's own on each day. A day without a quotation takes the last one of the seven days before; after that there is no row, and what needs one fails its audit. The project's own currency has rate 1.
  zh: 各币种对本位币的每日汇率;当日无报价时取前七日内最近一次,再早则无汇率(审计报错,绝不按 1 计)。
materialize: table
columns:
  rate: {en: "Rate into the project's currency", zh: 汇率(折本位币)}
audits:
  - {unique: [currency, rate_date]}
  - {not_null: [currency, rate_date, rate]}
*/
with project as (
    select project.base_currency
    from ops.project
),

quotation as (
    select
        exchange_rate.from_currency as currency,
        exchange_rate.rate_date,
        exchange_rate.rate,
        row_number() over (
            partition by exchange_rate.from_currency, exchange_rate.rate_date
            order by
                case exchange_rate.kind when 'central_parity' then 0 else 1 end,
                exchange_rate.kind
        ) as preference
    from entity.exchange_rate
    inner join project
        on exchange_rate.to_currency = project.base_currency
    where exchange_rate.from_currency <> project.base_currency
),

validity as (
    select
        quotation.currency,
        quotation.rate_date as quoted_date,
        quotation.rate,
        lead(quotation.rate_date) over (
            partition by quotation.currency
            order by quotation.rate_date
        ) as next_quoted_date
    from quotation
    where quotation.preference = 1
)

select
    validity.currency,
    dim_date.calendar_date as rate_date,
    validity.rate,
    validity.quoted_date
from validity
inner join star.dim_date
    on dim_date.calendar_date >= validity.quoted_date
    and dim_date.calendar_date <= cast(validity.quoted_date + interval '7' day as date)
    and (validity.next_quoted_date is null or dim_date.calendar_date < validity.next_quoted_date)

union all

select
    project.base_currency as currency,
    dim_date.calendar_date as rate_date,
    cast(1 as decimal(38, 8)) as rate,
    dim_date.calendar_date as quoted_date
from project
cross join star.dim_date
where dim_date.calendar_date is not null
