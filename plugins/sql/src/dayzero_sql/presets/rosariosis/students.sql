-- RosarioSIS has no e-mail column for students: often the username is the address. A school may have deleted the field with
-- the birth date.
with -- parts: dated, stays
select
    s.student_id,
    s.first_name as given_name,
    s.last_name as family_name,
    s.middle_name,
    s.custom_200000004 as birth_date,  -- if students.custom_200000004
    case when s.username like '%@%' then s.username end as email,
    s.username
from students s
where s.student_id in (select t.student_id from standing t)
