-- Who has no username cannot sign in to RosarioSIS, and gets access here only if parents_need_login says so. Who has children
-- at other schools alone is none of this school's.
with recursive -- parts: dated, stays, persons
, elsewhere as (
    select p.contact_id
    from students_join_users j
    join person p on p.staff_id = j.staff_id
    join stay s on s.student_id = j.student_id
    group by p.contact_id
    having max(case when s.school_id = :school_id then 1 else 0 end) = 0
)
select
    p.contact_id,
    f.syear as year_id,
    f.first_name as given_name,
    f.last_name as family_name,
    coalesce(nullif(trim(f.email), ''), case when f.username like '%@%' then f.username end) as primary_email,
    case when :parents_need_login <> 0 and trim(coalesce(f.username, '')) = '' then 'no' else 'yes' end as portal_access
from staff f
join person p on p.staff_id = f.staff_id
where f.profile = 'parent' and f.syear in (:school_year, :school_year + 1)
    and (:school_id = 0 or p.contact_id not in (select e.contact_id from elsewhere e))
