-- A form that is left empty for a second contact makes somebody without names and address: that is nobody.
person as (
    select staff_id, first_name, last_name, email, is_disable
    from people
    where trim(coalesce(first_name, '')) <> '' or trim(coalesce(last_name, '')) <> '' or trim(coalesce(email, '')) <> ''
)
