select
    j.student_id,
    j.person_id as contact_id,
    j.relationship as relation
from students_join_people j
where j.person_id in (select p.staff_id from people p)
    and j.student_id in (
        select e.student_id
        from student_enrollment e
        where e.syear in (:school_year, :school_year + 1) and (:school_id = 0 or e.school_id = :school_id)
    )
