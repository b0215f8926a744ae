with -- parts: dated, stays
select
    s.student_id,
    s.first_name as given_name,
    s.last_name as family_name,
    s.middle_name,
    s.common_name as preferred_name,
    s.birthdate as birth_date,
    s.email,
    l.username
from students s
left join login_authentication l on l.user_id = s.student_id and l.profile_id = :student_profile
where s.student_id in (select t.student_id from standing t)
