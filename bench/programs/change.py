"""Copy a school's files with another given name for one student and one contact in a hundred, in every year's copy alike."""

import shutil
import sys
from pathlib import Path

import polars as pl

school, changed = map(Path, sys.argv[1:])
shutil.copytree(school, changed)
for table, key in (("students", "student_id"), ("contacts", "contact_id")):
    rows = pl.read_csv(school / f"{table}.csv", infer_schema=False)
    chosen = pl.col(key).str.extract(r"(\d+)$").cast(pl.UInt64) % 100 == 0
    renamed = pl.when(chosen).then(pl.col("given_name") + "a").otherwise("given_name").alias("given_name")
    rows.with_columns(renamed).write_csv(changed / f"{table}.csv")
