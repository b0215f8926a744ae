with -- parts: enrolments
select
    e.student_id,
    e.year_id,
    g.name as grade_level,
    case when e.is_on = 1 or e.left_on is not null then 'active' else 'inactive' end as status,
    f.nameShort as homeroom
from enrolment e
left join gibbonYearGroup g on g.gibbonYearGroupID = e.gibbonYearGroupID
left join gibbonFormGroup f on f.gibbonFormGroupID = e.gibbonFormGroupID
