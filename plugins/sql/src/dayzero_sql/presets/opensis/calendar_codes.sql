-- Who is enrolled gets E on day 0, and who has left every enrollment of the year gets W after it.
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
select student_id, syear as year_id, 0 as day, 'E' as code from year_of_student
union all
select student_id, syear as year_id, 1 as day, 'W' as code from year_of_student where has_left = 1
