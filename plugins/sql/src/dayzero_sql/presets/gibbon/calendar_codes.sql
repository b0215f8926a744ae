-- Gibbon knows no entry codes: who is enrolled gets E on day 0, and who has a last day gets W on it.
with -- parts: enrolments
select e.student_id, e.year_id, 0 as day, 'E' as code, cast(null as date) as date
from enrolment e
union all
select
    e.student_id,
    e.year_id,
    1 as day,
    'W' as code,
    case when e.is_on = 1 or e.left_on < :today then e.left_on end as date
from enrolment e
where e.left_on is not null and (e.is_on = 0 or e.left_on > :today)
