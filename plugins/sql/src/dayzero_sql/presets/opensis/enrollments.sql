-- The rollover closes each row of the old year with a code of type Roll: that is no leaver. Another end before the
-- year's last day is. Of somebody who left altogether the last row counts: their W is in calendar_codes.
with stay as (
    select
        e.id,
        e.student_id,
        e.syear,
        e.grade_id,
        case
            when coalesce(trim(c.type), '') = 'Roll' then 0
            when e.end_date < y.end_date or (e.end_date is not null and y.end_date is null) then 1
            else 0
        end as has_left
    from student_enrollment e
    left join (
        select school_id, syear, max(end_date) as end_date
        from school_years
        group by school_id, syear
    ) y on y.school_id = e.school_id and y.syear = e.syear
    left join student_enrollment_codes c on c.id = e.drop_code
    where e.syear in (:school_year, :school_year + 1) and (:school_id = 0 or e.school_id = :school_id)
),
year_of_student as (
    select student_id, syear, min(has_left) as has_left, max(id) as last_id
    from stay
    group by student_id, syear
)
select
    s.student_id,
    s.syear as year_id,
    coalesce(g.short_name, g.title) as grade_level
from stay s
join year_of_student t on t.student_id = s.student_id and t.syear = s.syear
left join school_gradelevels g on g.id = s.grade_id
where s.has_left = 0 or (t.has_left = 1 and s.id = t.last_id)
