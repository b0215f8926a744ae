select distinct
    p.gibbonPersonID + 0 as contact_id,
    p.preferredName as given_name,
    p.surname as family_name,
    p.email as primary_email
from gibbonFamilyAdult a
join gibbonPerson p on p.gibbonPersonID = a.gibbonPersonID
where p.status in ('Full', 'Expected')
