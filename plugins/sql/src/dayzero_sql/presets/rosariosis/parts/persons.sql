-- Who is who over the years. A parent is a row of staff, a new one with a new id each year; rollover_id points to the row of
-- the year before. Where a line of rows ends with one year and another begins with the next, and both have one username and
-- the same names, it is the same person; if there is just one of each. The first row of the line is who they are.
-- Lines are followed from their ends, and namesakes found by grouping: MariaDB has no key to join either by.
rolled as (
    select distinct rollover_id
    from staff
    where rollover_id is not null
),
line_end as (
    select s.staff_id as ended_id, null as begun_id, s.syear as last_year, s.username, s.last_name, s.first_name
    from staff s
    left join rolled r on r.rollover_id = s.staff_id
    where s.profile = 'parent' and r.rollover_id is null
    union all
    select null as ended_id, s.staff_id as begun_id, s.syear - 1 as last_year, s.username, s.last_name, s.first_name
    from staff s
    left join staff o on o.staff_id = s.rollover_id and o.syear < s.syear
    where s.profile = 'parent' and o.staff_id is null
),
namesake as (
    select max(begun_id) as staff_id, max(ended_id) as before_id
    from line_end
    where trim(coalesce(username, '')) <> ''
    group by last_year, lower(username), lower(last_name), lower(first_name)
    having count(begun_id) = 1 and count(ended_id) = 1
),
step as (
    select f.staff_id, o.staff_id as before_id
    from staff f
    join staff o on o.staff_id = f.rollover_id and o.syear < f.syear
    union all
    select n.staff_id, n.before_id
    from namesake n
),
line (staff_id, row_id, rows_back) as (
    select f.staff_id, f.staff_id, 0
    from staff f
    where f.profile = 'parent' and f.syear in (:school_year, :school_year + 1)
    union all
    select l.staff_id, s.before_id, l.rows_back + 1
    from line l
    join step s on s.staff_id = l.row_id
),
person as (
    select l.staff_id, l.row_id as contact_id
    from line l
    join (select staff_id, max(rows_back) as rows_back from line group by staff_id) whole
        on whole.staff_id = l.staff_id and whole.rows_back = l.rows_back
)
