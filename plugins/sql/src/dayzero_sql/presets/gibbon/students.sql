-- Who is Full is at the school; who is Expected is only enrolled in a year to come. Ids are zero-filled: + 0 makes
-- numbers of them.
select distinct
    p.gibbonPersonID + 0 as student_id,
    p.preferredName as given_name,
    p.surname as family_name,
    p.dob as birth_date,
    p.email,
    p.username
from gibbonPerson p
join gibbonStudentEnrolment e on e.gibbonPersonID = p.gibbonPersonID
join gibbonSchoolYear y on y.gibbonSchoolYearID = e.gibbonSchoolYearID
where p.status = 'Full' or (p.status = 'Expected' and y.status = 'Upcoming')
