"""Write a school's people as one file of users, with the columns that Adobe's user-sync reads, and their kind as a group.

Which parent has which child it has no column for.
"""

import sys
from pathlib import Path

import polars as pl

school, file = map(Path, sys.argv[1:])
users = []
for table, key, email in (("students", "student_id", "email"), ("contacts", "contact_id", "primary_email")):
    rows = pl.read_csv(school / f"{table}.csv", infer_schema=False).unique(key, keep="first", maintain_order=True)
    named = {"firstname": "given_name", "lastname": "family_name", "email": email, "username": email}
    of_kind = rows.filter(pl.col(email).str.contains("@")).select(
        **{column: pl.col(name) for column, name in named.items()},
        country=pl.lit("US"), groups=pl.lit(table),
    )  # fmt: skip
    users.append(of_kind)
pl.concat(users).write_csv(file)
