-- openSIS marks no year as current: it is configured. The next one is the scheduling year, once the rollover has made it.
select
    y.syear as year_id,
    min(y.title) as name,
    min(y.start_date) as starts_on,
    max(y.end_date) as ends_on,
    case
        when y.syear = :school_year then 'active'
        when y.syear = :school_year + 1 then 'scheduling'
        when y.syear < :school_year then 'past'
        else 'future'
    end as role
from school_years y
where :school_id = 0 or y.school_id = :school_id
group by y.syear
