-- A stay is a row of student_enrollment that has a start_date: one without is an application that nobody has taken up.
-- left_on: the drop date, where it is one; an end on the year's last day, or after it, is none. rolled_from: the school
-- whose rollover made the row; none where somebody entered it. The days of a year are those of its full-year marking period.
dated as (
    select
        e.id,
        e.student_id,
        e.syear,
        e.school_id,
        e.grade_id,
        coalesce(
            e.last_school,  -- if student_enrollment.last_school
            null,
            0
        ) as rolled_from,
        e.start_date,
        y.start_date as year_start,
        case
            when e.end_date > '1900-01-01' and (y.end_date is null or e.end_date < y.end_date) then e.end_date
        end as left_on
    from student_enrollment e
    left join (
        select school_id, syear, min(start_date) as start_date, max(end_date) as end_date
        from school_marking_periods
        where mp = 'FY'
        group by school_id, syear
    ) y on y.school_id = e.school_id and y.syear = e.syear
    where e.start_date > '1900-01-01' and e.syear in (:school_year, :school_year + 1)
)
