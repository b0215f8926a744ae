"""The contract suite on a folder of CSV files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from dayzero.testing import SourceContract, Tables
from dayzero_csv import CsvSettings, dayzero_sources


class TestCsv(SourceContract):
    source_type = dayzero_sources()[0]

    def make(self, tables: Tables) -> Any:
        folder = self.tmp_path / "export"
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.csv"):
            old.unlink()
        for name, rows in tables.items():
            write(folder / f"{name}.csv", rows)
        return CsvSettings(path=folder)

    def break_after(self, table: str, n: int) -> None:
        """A copy that broke off in the middle of a row."""
        path = self.tmp_path / "export" / f"{table}.csv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[: n + 1]) + lines[n + 1][:6] + '"half', encoding="utf-8")


def write(path: Path, rows: list[dict[str, str | None]]) -> None:
    columns = list(rows[0]) if rows else ["student_id", "year_id", "day", "code"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
