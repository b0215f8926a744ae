-- A contact keeps the id over the years. Access to the portal has who has a parent's login, unless parents_need_login says that
-- none is needed, and nobody who is disabled. Who has children at other schools alone is none of this school's.
with -- parts: dated, stays, persons
, elsewhere as (
    select j.person_id
    from students_join_people j
    join stay s on s.student_id = j.student_id
    group by j.person_id
    having max(case when s.school_id = :school_id then 1 else 0 end) = 0
)
select
    p.staff_id as contact_id,
    p.first_name as given_name,
    p.last_name as family_name,
    p.email as primary_email,
    case
        when coalesce(p.is_disable, 'N') = 'Y' then 'no'
        when :parents_need_login <> 0 and trim(coalesce(l.username, '')) = '' then 'no'
        else 'yes'
    end as portal_access
from person p
join (select distinct person_id from students_join_people) j on j.person_id = p.staff_id
left join login_authentication l on l.user_id = p.staff_id and l.profile_id = :parent_profile
where :school_id = 0 or p.staff_id not in (select e.person_id from elsewhere e)
