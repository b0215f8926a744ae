with -- parts: adults
select distinct
    a.contact_id,
    a.preferredName as given_name,
    a.surname as family_name,
    a.email as primary_email
from adult a
