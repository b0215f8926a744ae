with -- parts: dated, stays, persons
select
    j.student_id,
    j.person_id as contact_id,
    j.relationship as relation
from students_join_people j
join person p on p.staff_id = j.person_id
where j.student_id in (select t.student_id from standing t)
