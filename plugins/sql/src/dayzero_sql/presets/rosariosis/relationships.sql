-- A link belongs to the year of its row of staff. For who is who over the years see contacts.sql.
with recursive usernames as (
    select syear, lower(username) as username, lower(last_name) as last_name, min(staff_id) as staff_id
    from staff
    where profile = 'parent' and username is not null
    group by syear, lower(username), lower(last_name)
),
step as (
    select f.staff_id, coalesce(o.staff_id, u.staff_id) as before_id
    from staff f
    left join staff o on o.staff_id = f.rollover_id
    left join usernames u on f.profile = 'parent'
        and u.syear = f.syear - 1 and u.username = lower(f.username) and u.last_name = lower(f.last_name)
),
person (staff_id, contact_id) as (
    select s.staff_id, s.staff_id
    from step s
    where s.before_id is null
    union all
    select s.staff_id, p.contact_id
    from step s
    join person p on p.staff_id = s.before_id
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
