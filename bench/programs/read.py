"""Read the files of a folder one after another, and nothing else: what planning is measured against."""

import sys
from pathlib import Path

import polars as pl

for file in sorted(Path(sys.argv[1]).glob("*.csv")):
    pl.read_csv(file)
