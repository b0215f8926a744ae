select
    c.course_id,
    c.syear as year_id,
    c.title,
    s.title as department
from courses c
left join course_subjects s on s.subject_id = c.subject_id
where c.syear in (:school_year, :school_year + 1) and (:school_id = 0 or c.school_id = :school_id)
