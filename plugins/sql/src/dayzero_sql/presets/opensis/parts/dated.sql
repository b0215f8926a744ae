-- A stay is a row of student_enrollment that has a start_date: one without is an application that nobody has taken up.
-- left_on: the drop date, where it is one. The rollover closes each row of the old year with a code of type Roll: that is
-- none, nor is an end on the year's last day, or after it. rolled_from: the school whose rollover made the row; none where
-- somebody entered it. Whom the rollover found no next grade for is a graduate.
dated as (
    select
        e.id,
        e.student_id,
        e.syear,
        e.school_id,
        e.grade_id,
        coalesce(
            nullif(e.last_school, 0),  -- if student_enrollment.last_school
            case when trim(a.type) = 'Roll' then e.school_id end,
            0
        ) as rolled_from,
        e.start_date,
        y.start_date as year_start,
        case
            when trim(d.type) = 'Roll' then null
            when e.end_date > '1900-01-01' and (y.end_date is null or e.end_date < y.end_date) then e.end_date
        end as left_on
    from student_enrollment e
    left join (
        select school_id, syear, min(start_date) as start_date, max(end_date) as end_date
        from school_years
        group by school_id, syear
    ) y on y.school_id = e.school_id and y.syear = e.syear
    left join student_enrollment_codes a on a.id = e.enrollment_code
    left join student_enrollment_codes d on d.id = e.drop_code
    where e.start_date > '1900-01-01' and e.syear in (:school_year, :school_year + 1)
        and (e.grade_id is not null or coalesce(trim(a.type), '') <> 'Roll')
)
