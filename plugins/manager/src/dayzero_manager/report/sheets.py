"""The folder of sheets: written whole, and nothing in it that is not true any more."""

from __future__ import annotations

from pathlib import Path

from dayzero.errors import UsageError
from dayzero.files import whole_content, whole_file
from dayzero.report import HEADER, Report, sheets_of

__all__ = ["write_sheets"]


def write_sheets(report: Report, folder: Path, *, names: bool) -> list[Path]:
    """Write the report's sheets into a folder, which is made where it is not there; return their files.

    A sheet of an earlier report that has nobody left is emptied to its head: what is corrected is not asked for again. Other
    files stay as they are. Raises UsageError where it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        earlier = [file for file in folder.glob("*.csv") if _is_sheet(file)]
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be a folder of sheets: {error.strerror}.", remedy="Name a folder that may be written to."
        ) from error
    head = f"{HEADER}\n".encode()
    contents = {file.name: head for file in earlier} | sheets_of(report, names=names)
    for name, content in contents.items():
        with whole_file(folder / name) as file:
            file.write(content)
    return [folder / name for name in contents if contents[name] != head]


def _is_sheet(file: Path) -> bool:
    return file.is_file() and whole_content(file).split(b"\n", 1)[0].strip() == HEADER.encode()
