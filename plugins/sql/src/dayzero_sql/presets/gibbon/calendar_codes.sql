-- Gibbon knows no entry codes: who is enrolled gets E on day 0.
select
    e.gibbonPersonID + 0 as student_id,
    e.gibbonSchoolYearID + 0 as year_id,
    0 as day,
    'E' as code
from gibbonStudentEnrolment e
join gibbonSchoolYear y on y.gibbonSchoolYearID = e.gibbonSchoolYearID
join gibbonPerson p on p.gibbonPersonID = e.gibbonPersonID
where p.status = 'Full' or (p.status = 'Expected' and y.status = 'Upcoming')
