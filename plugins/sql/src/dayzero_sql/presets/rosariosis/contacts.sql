-- A parent is a row of staff, a new one with a new id each year; rollover_id points to the row of the year before. Where
-- it does not, somebody with the username and family name of the year before is the same person. The first row of the
-- chain is who they are. Who has no username cannot sign in to RosarioSIS and gets no access here.
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
    p.contact_id,
    f.syear as year_id,
    f.first_name as given_name,
    f.last_name as family_name,
    coalesce(nullif(trim(f.email), ''), case when f.username like '%@%' then f.username end) as primary_email,
    case when trim(coalesce(f.username, '')) = '' then 'no' else 'yes' end as portal_access
from staff f
join person p on p.staff_id = f.staff_id
where f.profile = 'parent' and f.syear in (:school_year, :school_year + 1)
