-- A link belongs to the year of its row of staff.
with recursive person (staff_id, contact_id) as (
    select f.staff_id, f.staff_id
    from staff f
    where f.rollover_id is null or f.rollover_id not in (select staff_id from staff)
    union all
    select f.staff_id, p.contact_id
    from staff f
    join person p on p.staff_id = f.rollover_id
)
select
    j.student_id,
    p.contact_id,
    f.syear as year_id
from students_join_users j
join staff f on f.staff_id = j.staff_id
join person p on p.staff_id = f.staff_id
where f.profile = 'parent' and f.syear in (:school_year, :school_year + 1)
    and j.student_id in (
        select e.student_id
        from student_enrollment e
        where e.syear in (:school_year, :school_year + 1) and (:school_id = 0 or e.school_id = :school_id)
    )
