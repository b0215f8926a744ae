-- Who is Full is at the school, between dateStart and dateEnd; who is Expected is only enrolled in a year to come. left_on:
-- the last day, where there is one. is_on: it counts today; who leaves before a year begins is not in it, and of a year to
-- come no begin is looked at. Ids are zero-filled: + 0 makes numbers of them.
dated as (
    select
        e.gibbonPersonID + 0 as student_id,
        e.gibbonSchoolYearID + 0 as year_id,
        e.gibbonYearGroupID,
        e.gibbonFormGroupID,
        y.status,
        y.firstDay,
        p.dateStart,
        case when p.dateEnd > '1900-01-01' then p.dateEnd end as left_on
    from gibbonStudentEnrolment e
    join gibbonSchoolYear y on y.gibbonSchoolYearID = e.gibbonSchoolYearID
    join gibbonPerson p on p.gibbonPersonID = e.gibbonPersonID
    where p.status = 'Full' or (p.status = 'Expected' and y.status = 'Upcoming')
),
enrolment as (
    select
        d.student_id,
        d.year_id,
        d.gibbonYearGroupID,
        d.gibbonFormGroupID,
        d.left_on,
        case
            when d.left_on < :today or d.left_on < d.firstDay then 0
            when d.status = 'Current' and d.dateStart > :today and d.dateStart > d.firstDay then 0
            else 1
        end as is_on
    from dated d
)
