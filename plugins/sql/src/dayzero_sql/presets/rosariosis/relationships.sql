-- A link belongs to the year of its row of staff. (+ 0: all links are read; looked up one by one they take SQLite for ever.)
with recursive -- parts: dated, stays, persons
select
    j.student_id,
    p.contact_id,
    f.syear as year_id
from students_join_users j
join staff f on f.staff_id = j.staff_id
join person p on p.staff_id = f.staff_id
where f.profile = 'parent' and f.syear in (:school_year, :school_year + 1)
    and j.student_id + 0 in (select t.student_id from standing t)
