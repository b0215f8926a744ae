-- Adults of families who are at the school, or expected; a dateEnd that has passed ends that.
adult as (
    select
        a.gibbonFamilyID,
        a.childDataAccess,
        p.gibbonPersonID + 0 as contact_id,
        p.preferredName,
        p.surname,
        p.email
    from gibbonFamilyAdult a
    join gibbonPerson p on p.gibbonPersonID = a.gibbonPersonID
    where p.status in ('Full', 'Expected') and (p.dateEnd is null or p.dateEnd < '1900-01-01' or p.dateEnd >= :today)
)
