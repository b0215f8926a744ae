-- Who is who over the years. A parent is a row of staff, a new one with a new id each year; rollover_id points to the row of
-- the year before. Where no rollover connects two rows, a parent with the username and both names of the year before is the
-- same person, if there was only one of them, and nobody else is that row's successor. The first row of the chain is who
-- they are.
named as (
    select
        syear,
        lower(username) as username,
        lower(last_name) as last_name,
        lower(first_name) as first_name,
        min(staff_id) as staff_id
    from staff
    where profile = 'parent' and trim(coalesce(username, '')) <> ''
    group by syear, lower(username), lower(last_name), lower(first_name)
    having count(*) = 1
),
namesake as (
    select
        staff_id,
        syear,
        lag(staff_id) over (partition by username, last_name, first_name order by syear) as before_id,
        lag(syear) over (partition by username, last_name, first_name order by syear) as before_year
    from named
),
rolled as (
    select distinct rollover_id
    from staff
    where rollover_id is not null
),
step as (
    select f.staff_id, coalesce(o.staff_id, case when r.rollover_id is null then n.before_id end) as before_id
    from staff f
    left join staff o on o.staff_id = f.rollover_id and o.syear < f.syear
    left join namesake n on n.staff_id = f.staff_id and n.before_year = n.syear - 1
    left join rolled r on r.rollover_id = n.before_id
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
