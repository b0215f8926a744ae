"""A sheet of a workbook (xlsx, xlsm, xlsb, xls, ods) as rows of text, as somebody would have typed them."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dayzero.errors import SourceError

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

__all__ = ["SUFFIXES", "is_workbook", "rows_of_sheet", "sheet_called", "sheet_names"]

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARTS = {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}
_WIDEST = 300
"""Unpacked against packed. A sheet of equal rows packs a hundred times; beyond this a file is made to hurt."""
_HARMLESS = 64 << 20


def is_workbook(data: bytes) -> bool:
    """Say whether a file is a workbook, whatever it is called."""
    if data.startswith(_OLD):
        return True
    if not data.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return not _PARTS.isdisjoint(archive.namelist())
    except zipfile.BadZipFile:
        return False


def sheet_names(file: str, data: bytes) -> list[str]:
    """Return the names of the sheets that people see. Raises SourceError for a file that cannot be opened."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    shown = [
        sheet.name
        for sheet in _opened(file, data).sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]
    if not shown:
        raise SourceError(f"{file} has no sheet.", remedy="Export it again.", file=file)
    return shown


def sheet_called(table: str, sheets: Iterable[str]) -> str | None:
    """Return the sheet that is called like a table."""
    wanted = re.sub(r"[^a-z]", "", table.casefold())
    return next((s for s in sheets if re.sub(r"[^a-z]", "", s.casefold()) == wanted), None)


def rows_of_sheet(file: str, data: bytes, sheet: str) -> list[list[str]]:
    """Return the cells of a sheet as text, from its first row on. Raises SourceError: damaged, or a password on it."""
    try:
        cells: list[list[Any]] = _opened(file, data).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except SourceError:
        raise
    except Exception as error:
        raise _unreadable(file, f"the sheet {sheet!r} cannot be read ({type(error).__name__})") from error
    return [[_text(cell) for cell in row] for row in cells]


def _opened(file: str, data: bytes) -> CalamineWorkbook:
    from python_calamine import CalamineWorkbook, PasswordError

    _refuse_bomb(file, data)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise _unreadable(file, "it has a password", "Save it without one.") from error
    except Exception as error:  # whatever it stumbles over in a damaged file
        raise _unreadable(file, f"it cannot be read as a workbook ({type(error).__name__})") from error


def _refuse_bomb(file: str, data: bytes) -> None:
    if not data.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > max(_HARMLESS, _WIDEST * len(data)):
        raise _unreadable(file, f"it would unpack to {size:,} bytes")


def _unreadable(
    file: str, why: str, remedy: str = "Open it in your spreadsheet program and save it anew."
) -> SourceError:
    return SourceError(f"{file}: {why}.", remedy=remedy, file=file)


def _text(cell: Any) -> str:
    """Return a cell as somebody would type it: a whole number without fraction, a date as 2026-08-31."""
    make = _TEXTS.get(type(cell))
    return cell if make is None else make(cell)


def _number(cell: float) -> str:
    return str(int(cell)) if cell.is_integer() else repr(cell)


def _moment(cell: datetime.datetime) -> str:
    return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")


_TEXTS: dict[type, Callable[[Any], str]] = {
    float: _number,
    int: str,
    bool: lambda cell: "true" if cell else "false",
    datetime.date: datetime.date.isoformat,
    datetime.datetime: _moment,
    datetime.time: str,
    datetime.timedelta: str,
}
