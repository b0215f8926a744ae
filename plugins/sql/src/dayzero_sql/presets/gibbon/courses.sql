select
    c.gibbonCourseID + 0 as course_id,
    c.gibbonSchoolYearID + 0 as year_id,
    c.name as title
from gibbonCourse c
