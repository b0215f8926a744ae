-- RosarioSIS has no e-mail column for students: often the username is the address.
select
    s.student_id,
    s.first_name as given_name,
    s.last_name as family_name,
    s.middle_name,
    s.custom_200000004 as birth_date,
    case when s.username like '%@%' then s.username end as email,
    s.username
from students s
where s.student_id in (
    select e.student_id
    from student_enrollment e
    where e.syear in (:school_year, :school_year + 1) and (:school_id = 0 or e.school_id = :school_id)
)
