-- The stays that count today; of somebody without any the last one, whose W is in calendar_codes, or which is yet to begin.
with -- parts: dated, stays
select
    s.student_id,
    s.syear as year_id,
    coalesce(g.short_name, g.title) as grade_level,
    case when t.is_on = 1 or t.left_on is not null then 'active' else 'inactive' end as status
from stay s
join standing t on t.student_id = s.student_id and t.syear = s.syear
left join school_gradelevels g on g.id = s.grade_id
where (:school_id = 0 or s.school_id = :school_id) and (s.is_on = 1 or (t.is_on = 0 and s.id = t.last_id))
