"""Read one table: find its file or sheet, read it as text, name its columns by the schema; or take it from the flat file."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import polars as pl

from dayzero.errors import SourceError, SourceMovedError
from dayzero.plugin import Finding, State, columns_told
from dayzero.schema import RESERVED_COLUMNS, TABLES
from dayzero_csv.checks import checked
from dayzero_csv.conversion import in_schema_words
from dayzero_csv.files import FILE_SUFFIXES, Moments, find_file, is_one_file, moments, stamp, whole_file_of
from dayzero_csv.flat import flat_tables, headers_of, unread_dates
from dayzero_csv.header import Wanted, best_line, column_names
from dayzero_csv.names import NAME, split_name
from dayzero_csv.reading import read_text
from dayzero_csv.rows import Rows, framed, unwrapped, without_blank_rows, without_footer
from dayzero_csv.settings import CsvSettings, Flat, of_table
from dayzero_csv.text import UndecodableError, is_western, utf8, wide_encoding
from dayzero_csv.workbook import is_workbook, rows_of_sheet, sheet_called, sheet_names

__all__ = ["CsvSource"]

FLAT = "flat"
_ALWAYS_FLAT = ("students", "enrollments", "calendar_codes")
NAMES = ("given_name", "family_name")


class CsvSource:
    """The tables of one folder, zip, workbook or flat file."""

    def __init__(self, settings: CsvSettings) -> None:
        self._settings = checked(settings)
        self._remarks: dict[str, list[Finding]] = {}
        self._may_lack: set[str] = set()
        self._began: Moments | None = None
        self._of_flat: dict[str, pl.DataFrame] | None = None
        self._one_file = is_one_file(settings.path)

    def read(self, table: str) -> pl.DataFrame | None:
        """Return the rows of ``table`` as text with ``source_row`` (line in the file), or None where no file is.

        A row with too few or too many fields carries ``source_problem``. Raises SourceError naming file and line.
        """
        if self._began is None:
            self._began = self._moments()
        try:
            return self._read(table)
        except SourceError:
            self._require_still()
            raise

    def _read(self, table: str) -> pl.DataFrame | None:
        if table == "school_years" and self._settings.years:
            return self._years()
        flat = self._settings.flat
        if flat is not None and self._is_flat(table, flat):
            return self._flat(flat)[table]
        found = self._found(table)
        if found is None and table in self._settings.without:
            return pl.DataFrame(schema=dict.fromkeys(TABLES[table].names, pl.String))
        if found is None:
            return self._flat(flat).get(table) if flat is not None else None
        name, frame = found
        return in_schema_words(table, self._named(name, table, frame), self._settings)

    def state(self, table: str) -> State:
        """Say ``partial`` where a row may have swallowed another: whoever is missing may be in it.

        Asked after reading; raises SourceMovedError where a file moved meanwhile.
        """
        self._require_still()
        flat = self._settings.flat
        return "partial" if (FLAT if flat and self._is_flat(table, flat) else table) in self._may_lack else "complete"

    def findings(self) -> Iterable[Finding]:
        """Return what was odd about the files that were read."""
        return [remark for remarks in self._remarks.values() for remark in remarks]

    def stamp(self) -> str | None:
        """Return what the files are known by: their content. None where one cannot be read."""
        return stamp(self._settings.path, self._named_files, FILE_SUFFIXES)

    # -- whether they lie still

    @property
    def _named_files(self) -> dict[str, str]:
        flat = self._settings.flat
        return {**self._settings.files, **({FLAT: flat.file} if flat is not None and flat.file else {})}

    def _moments(self) -> Moments:
        return moments(self._settings.path, self._named_files, FILE_SUFFIXES)

    def _require_still(self) -> None:
        """Raise SourceMovedError where a file has another size or time than when reading began, is gone or is new."""
        now = self._moments()
        if self._began is None or now == self._began:
            return
        moved = sorted({name for name, *_ in {*now} ^ {*self._began}})
        raise SourceMovedError(
            f"{self._settings.path}: {', '.join(moved)} changed while it was read.",
            remedy="Let the export end before the sync begins, or let it write elsewhere and move its files into place.",
            files=moved,
        )

    # -- one file

    def _is_flat(self, table: str, flat: Flat) -> bool:
        """Say whether a table is taken from the flat file, and has none of its own."""
        if table in self._settings.files or table in self._settings.sheets:
            return False
        return table in _ALWAYS_FLAT or (bool(flat.parents) and table in ("contacts", "relationships"))

    def _found(self, table: str) -> tuple[str, pl.DataFrame] | None:
        """Return the name and the rows of a table's own file or sheet."""
        if not self._one_file:
            file = self._settings.files.get(table)
            found = find_file(self._settings.path, table, file, FILE_SUFFIXES)
            return None if found is None else self._frame(table, *found, self._wanted(table))
        name, data = self._settings.path.name, whole_file_of(self._settings.path)
        if not is_workbook(data):
            if self._settings.flat is not None:
                return None
            raise SourceError(
                f"{name} is one file, and nothing says what it holds.",
                remedy=f"`dayzero init --path {name}` looks at it and writes a [source.flat]; or let `path` name a folder.",
                file=name,
            )
        if table not in self._settings.sheets and sheet_called(table, sheet_names(name, data)) is None:
            return None
        return self._frame(table, name, data, self._wanted(table))

    def _frame(self, table: str, file: str, data: bytes, wanted: Wanted) -> tuple[str, pl.DataFrame]:
        """Return the rows of a file or of a sheet of it, blank ones aside."""
        self._remarks[table] = []
        read = self._sheet if is_workbook(data) else self._text
        name, rows = read(table, file, data, wanted)
        if rows.may_lack and not is_workbook(data):  # the rows of a sheet are apart, whatever stands in them
            self._may_lack.add(table)
        frame, blank = without_blank_rows(without_footer(rows.frame))
        if blank.height:
            first = blank["source_row"][0]
            count = "1 blank row" if blank.height == 1 else f"{blank.height:,} blank rows"
            self._remark(table, "blank-rows", f"{name}: {count} passed over, the first in line {first}", first)
        return name, frame

    def _sheet(self, table: str, file: str, data: bytes, wanted: Wanted) -> tuple[str, Rows]:
        there = sheet_names(file, data)
        sheet = self._settings.sheets.get(table) or sheet_called(table, there) or there[0]
        if sheet not in there:
            raise SourceError(
                f"{file} has no sheet {sheet!r}; it has: {', '.join(there)}.",
                remedy=f"Correct `sheets.{table}` under [source].",
                file=file,
            )
        name = f"{file}, sheet {sheet}"
        rows = rows_of_sheet(file, data, sheet)
        index, score = best_line(rows, wanted)
        if not score:
            index = next((i for i, row in enumerate(rows) if any(row)), 0)
        names = [cell.strip() for cell in rows[index]] if rows else []
        named = column_names(name, names, index + 1, wanted.known, numbered=wanted.numbered)
        below = range(index + 2, len(rows) + 1)
        return name, framed(rows[index + 1 :], below, named, wanted)

    def _text(self, table: str, file: str, data: bytes, wanted: Wanted) -> tuple[str, Rows]:
        encoding = of_table(self._settings.encoding, table)
        delimiter = of_table(self._settings.delimiter, table)
        said = encoding if encoding != "auto" else wide_encoding(data) or "utf-8"
        try:
            rows = read_text(file, utf8(file, data, said), delimiter, wanted)
        except UndecodableError:
            if encoding != "auto" or said != "utf-8" or not is_western(data):
                raise
            rows = read_text(file, utf8(file, data, "cp1252"), delimiter, wanted)
            self._remark(
                table, "encoding-found", f'{file}: read as cp1252; `encoding = "cp1252"` under [source] says so'
            )
        wrapped = b'"' in data and b'="' in data
        return file, replace(rows, frame=unwrapped(rows.frame)) if wrapped else rows

    def _remark(self, table: str, rule: str, message: str, row: int | None = None) -> None:
        where = table if table in TABLES else "students"
        self._remarks[table].append(Finding("notice", where, row, None, None, rule, message))

    # -- its columns

    def _wanted(self, table: str) -> Wanted:
        """Return what is known of the header of a table's file."""
        mapped, given = self._settings.columns.get(table, {}), self._settings.constants.get(table, {})
        header = {c.name: mapped.get(c.name, c.name) for c in TABLES[table].columns}
        needed = [c.name for c in TABLES[table].columns if c.required and c.name not in given]
        if NAME in mapped:
            needed = [c for c in needed if c not in NAMES] + [NAME]
            header = {c: h for c, h in header.items() if c not in NAMES} | {NAME: mapped[NAME]}
        reach = {*needed, *(n for n in NAMES if n in header)}
        return Wanted(
            needed=frozenset(header[n] for n in needed),
            known=frozenset({*header.values(), *mapped.values(), *RESERVED_COLUMNS}),
            reach=frozenset(header[n] for n in reach),
        )

    def _named(self, file: str, table: str, frame: pl.DataFrame) -> pl.DataFrame:
        mapped = self._settings.columns.get(table, {})
        known = self._wanted(table).known
        _refuse_absent(file, list(mapped.values()), frame, f"columns.{table}", known)
        renamed = {header: column for column, header in mapped.items()}
        # One header may be two columns: an address that is a contact's id, too.
        again = [(c, h) for c, h in mapped.items() if renamed[h] != c]
        frame = frame.with_columns(pl.col(header).alias(column) for column, header in again)
        names = [renamed.get(c, c) for c in frame.columns]
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice:
            raise SourceError(
                f"{file}, line 1: two columns would be {twice!r}.",
                remedy=f"Map another header to it in `columns.{table}`, or rename one of them.",
                file=file,
                line=1,
                column=twice,
            )
        return self._with_names(frame.rename(renamed)) if renamed else frame

    def _with_names(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a table in which a name in one cell became two, where there are none already."""
        if NAME not in frame.columns:
            return frame
        given, family = split_name(pl.col(NAME), self._settings.name_order)
        split = {n: e for n, e in zip(NAMES, (given, family), strict=True) if n not in frame.columns}
        return frame.with_columns(e.alias(n) for n, e in split.items()).drop(NAME)

    # -- the flat file, and what no file has

    def _flat(self, flat: Flat) -> dict[str, pl.DataFrame]:
        """Return the tables that the flat file holds. It is read once."""
        if self._of_flat is None:
            headers = headers_of(flat)
            known = frozenset(headers)
            reach = frozenset(h for c, h in flat.students.items() if c in ("student_id", NAME, *NAMES) and h in known)
            wanted = Wanted(needed=known, known=known, reach=reach, numbered=True)
            if self._one_file and not flat.file:
                file, data = self._settings.path.name, whole_file_of(self._settings.path)
            else:
                found = find_file(self._settings.path, FLAT, flat.file or None, FILE_SUFFIXES)
                if found is None:
                    raise SourceError(
                        f"{self._settings.path} holds no file for [source.flat].",
                        remedy="Name it: `file` under [source.flat].",
                        file=str(self._settings.path),
                    )
                file, data = found
            name, frame = self._frame(FLAT, file, data, wanted)
            _refuse_absent(name, headers, frame, FLAT, known)
            for row, header, value in unread_dates(frame, flat, self._settings.date_format):
                said = f"{name}: no date as `date_format` has it; taken as empty, so that it says nothing of the year"
                self._remarks[FLAT].append(Finding("warning", "calendar_codes", row, header, value, "date", said))
            self._of_flat = flat_tables(frame, flat, self._settings, self.read("school_years"))
        return self._of_flat

    def _years(self) -> pl.DataFrame:
        """Return the school years that the settings tell."""
        columns = TABLES["school_years"].names
        return pl.DataFrame(
            {c: [str(getattr(year, c)) for year in self._settings.years] for c in columns},
            schema=dict.fromkeys(columns, pl.String),
        )


def _refuse_absent(
    file: str, headers: Iterable[str], frame: pl.DataFrame, setting: str, known: Collection[str]
) -> None:
    absent = [header for header in headers if header not in frame.columns]
    if absent:
        told, every = columns_told((c for c in frame.columns if c not in RESERVED_COLUMNS), known)
        raise SourceError(
            f"{file}, line 1: no column {absent[0]!r}; {told}.",
            remedy=f"Export the file with its header, or correct `{setting}` under [source].",
            file=file,
            line=1,
            column=absent[0],
            said=every or None,
        )
