-- A parent is a row of staff, a new one with a new id each year; rollover_id points to the row of the year before. The
-- first row of the chain is the person. Who has no username cannot sign in to RosarioSIS and gets no access here.
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
    p.contact_id,
    f.syear as year_id,
    f.first_name as given_name,
    f.last_name as family_name,
    coalesce(nullif(trim(f.email), ''), case when f.username like '%@%' then f.username end) as primary_email,
    case when trim(coalesce(f.username, '')) = '' then 'no' else 'yes' end as portal_access
from staff f
join person p on p.staff_id = f.staff_id
where f.profile = 'parent' and f.syear in (:school_year, :school_year + 1)
