-- An adult sees the children of each family that gives childDataAccess.
select
    c.gibbonPersonID + 0 as student_id,
    a.gibbonPersonID + 0 as contact_id,
    max(case when a.childDataAccess = 'Y' then 1 else 0 end) as portal_access
from gibbonFamilyChild c
join gibbonFamilyAdult a on a.gibbonFamilyID = c.gibbonFamilyID
join gibbonPerson p on p.gibbonPersonID = a.gibbonPersonID
join gibbonPerson s on s.gibbonPersonID = c.gibbonPersonID
where p.status in ('Full', 'Expected') and s.status in ('Full', 'Expected')
    and c.gibbonPersonID in (select e.gibbonPersonID from gibbonStudentEnrolment e)
group by c.gibbonPersonID, a.gibbonPersonID
