with -- parts: enrolments
select
    p.gibbonPersonID + 0 as student_id,
    p.preferredName as given_name,
    p.surname as family_name,
    p.dob as birth_date,
    p.email,
    p.username
from gibbonPerson p
where p.gibbonPersonID + 0 in (select e.student_id from enrolment e)
