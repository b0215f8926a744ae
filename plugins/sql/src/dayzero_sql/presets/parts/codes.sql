-- still_there: whether the student still is at the school from which the rollover made the row; null where it made none.
origin as (
    select
        s.student_id,
        s.syear,
        s.school_id,
        s.grade_id,
        max(case when s.syear = :school_year then s.is_on end) over (
            partition by s.student_id, case when s.syear = :school_year then s.school_id else s.rolled_from end
        ) as still_there,
        max(case when s.syear = :school_year then s.grade_id end) over (
            partition by s.student_id, case when s.syear = :school_year then s.school_id else s.rolled_from end
        ) as grade_before
    from stay s
),
-- A row of the coming year that the rollover made says nothing of somebody who has left the school since; unless it is of the
-- same grade: whoever is retained is expected.
code as (
    select distinct o.student_id, o.syear as year_id, 0 as day, 'E' as code, cast(null as date) as date
    from origin o
    where (:school_id = 0 or o.school_id = :school_id)
        and (o.syear = :school_year or coalesce(o.still_there, 1) = 1 or o.grade_id = o.grade_before)
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
