-- A year's days are those of its full-year marking period. The year after the current one is the scheduling year, once
-- the rollover has made it.
select
    s.syear as year_id,
    min(y.start_date) as starts_on,
    max(y.end_date) as ends_on,
    case
        when s.syear = :school_year then 'active'
        when s.syear = :school_year + 1 then 'scheduling'
        when s.syear < :school_year then 'past'
        else 'future'
    end as role
from schools s
left join school_marking_periods y on y.school_id = s.id and y.syear = s.syear and y.mp = 'FY'
where :school_id = 0 or s.id = :school_id
group by s.syear
