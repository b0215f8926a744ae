-- An adult sees the children of each family that gives childDataAccess.
with -- parts: adults
select
    c.gibbonPersonID + 0 as student_id,
    a.contact_id,
    max(case when a.childDataAccess = 'Y' then 1 else 0 end) as portal_access
from gibbonFamilyChild c
join adult a on a.gibbonFamilyID = c.gibbonFamilyID
join gibbonPerson s on s.gibbonPersonID = c.gibbonPersonID
where s.status in ('Full', 'Expected')
    and c.gibbonPersonID in (select e.gibbonPersonID from gibbonStudentEnrolment e)
group by c.gibbonPersonID, a.contact_id
