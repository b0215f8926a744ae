"""Write a school's tables with ``write_csv`` and nothing else, and print what that cost: growing them is not counted."""

import json
import sys
import tempfile
import time
from pathlib import Path

from dayzero_fixtures import new_school

students, years = map(int, sys.argv[1:])
tables = new_school(students, years).tables
with tempfile.TemporaryDirectory() as folder:
    began, clock = time.process_time(), time.perf_counter()
    for name, table in tables.items():
        table.write_csv(Path(folder) / f"{name}.csv")
    print(json.dumps({"write": time.process_time() - began, "write_wall": time.perf_counter() - clock}))
