-- The stays of `dated`, as RosarioSIS and openSIS have them, on the day of the run.
-- is_on: it counts today. On the drop date they are still there; who is dropped before the year begins never comes. Rows of
-- the coming year begin on the day of the rollover: of those no begin is looked at.
stay as (
    select
        d.id,
        d.student_id,
        d.syear,
        d.school_id,
        d.grade_id,
        d.rolled_from,
        d.left_on,
        case
            when d.left_on < :today or d.left_on < d.year_start then 0
            when d.syear = :school_year and d.start_date > :today and d.start_date > d.year_start then 0
            else 1
        end as is_on
    from dated d
),
-- How a student stands in a year. stays_on: some stay has no drop date.
standing as (
    select
        student_id,
        syear,
        max(is_on) as is_on,
        max(case when left_on is null then 1 else 0 end) as stays_on,
        max(left_on) as left_on,
        max(id) as last_id
    from stay
    where :school_id = 0 or school_id = :school_id
    group by student_id, syear
)
