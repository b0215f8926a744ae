-- A row of the coming year that the rollover made says nothing of somebody who has left the school since; unless it is of the
-- same grade: whoever is retained is expected.
outdated as (
    select n.id
    from stay n
    join stay t on t.student_id = n.student_id and t.school_id = n.rolled_from and t.syear = :school_year
    where n.syear = :school_year + 1
    group by n.id
    having max(t.is_on) = 0 and max(case when t.grade_id = n.grade_id then 1 else 0 end) = 0
),
code as (
    select distinct s.student_id, s.syear as year_id, 0 as day, 'E' as code, cast(null as date) as date
    from stay s
    where (:school_id = 0 or s.school_id = :school_id) and s.id not in (select o.id from outdated o)
    union all
    select
        t.student_id,
        t.syear as year_id,
        1 as day,
        'W' as code,
        case when t.is_on = 1 or t.left_on < :today then t.left_on end as date
    from standing t
    where t.left_on is not null and (t.is_on = 0 or (t.stays_on = 0 and t.left_on > :today))
)
