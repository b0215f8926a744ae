with -- parts: dated, stays, persons
select
    j.student_id,
    j.person_id as contact_id,
    j.relationship as relation
from students_join_people j
where j.person_id in (select p.staff_id from person p)
    and j.student_id in (select t.student_id from standing t)
