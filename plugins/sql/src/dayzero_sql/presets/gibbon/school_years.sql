-- Years follow Gibbon's status, not their dates. Of several upcoming years the next one is the scheduling year.
select
    y.gibbonSchoolYearID + 0 as year_id,
    y.name,
    y.firstDay as starts_on,
    y.lastDay as ends_on,
    case
        when y.status = 'Current' then 'active'
        when y.status = 'Past' then 'past'
        when y.sequenceNumber = (select min(n.sequenceNumber) from gibbonSchoolYear n where n.status = 'Upcoming')
            then 'scheduling'
        else 'future'
    end as role
from gibbonSchoolYear y
