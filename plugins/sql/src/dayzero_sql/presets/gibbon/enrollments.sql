select
    e.gibbonPersonID + 0 as student_id,
    e.gibbonSchoolYearID + 0 as year_id,
    g.name as grade_level,
    f.nameShort as homeroom
from gibbonStudentEnrolment e
join gibbonSchoolYear y on y.gibbonSchoolYearID = e.gibbonSchoolYearID
join gibbonPerson p on p.gibbonPersonID = e.gibbonPersonID
left join gibbonYearGroup g on g.gibbonYearGroupID = e.gibbonYearGroupID
left join gibbonFormGroup f on f.gibbonFormGroupID = e.gibbonFormGroupID
where p.status = 'Full' or (p.status = 'Expected' and y.status = 'Upcoming')
