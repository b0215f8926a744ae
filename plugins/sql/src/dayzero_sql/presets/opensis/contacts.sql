-- A contact keeps the id over the years. Access to the portal has who has a parent's login that is not disabled.
select
    p.staff_id as contact_id,
    p.first_name as given_name,
    p.last_name as family_name,
    p.email as primary_email,
    case
        when trim(coalesce(l.username, '')) <> '' and coalesce(p.is_disable, 'N') <> 'Y' then 'yes'
        else 'no'
    end as portal_access
from people p
join (select distinct person_id from students_join_people) j on j.person_id = p.staff_id
left join login_authentication l on l.user_id = p.staff_id and l.profile_id = :parent_profile
