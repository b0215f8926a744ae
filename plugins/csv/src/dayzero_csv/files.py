"""Find a table's file in a folder or zip. A zip is read in memory, bounded, and never unpacked."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from dayzero.errors import SourceError
from dayzero.schema import TABLES
from dayzero_csv.workbook import SUFFIXES, is_workbook, sheet_called, sheet_names

Moments: TypeAlias = tuple[tuple[str, int, int], ...]
FILE_SUFFIXES = (".csv", ".txt", ".tsv", *SUFFIXES)
"""What a table's file may end in where no setting names it; the first there is counts."""
MAX_BYTES = 2 << 30
"""Of one file in a zip. The largest file of a OneRoster export of a million pupils has half of it."""
MAX_RATIO = 100
"""Deflate packs rosters 5 to 25 times; beyond this a zip is made to hurt."""
HARMLESS_BYTES = 1 << 20
"""What unpacks to less may be packed as well as it likes: a short file of equal rows is."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What exports use. Of bzip2 and LZMA a few bytes unpack to gigabytes before Python looks at a limit."""


def find_file(
    path: Path, table: str, file: str | None, suffixes: Sequence[str] = (".csv",)
) -> tuple[str, bytes] | None:
    """Return (name, bytes) of the file of ``table``, or None. A file the settings name must be there.

    ``suffixes``: what the file may be called by; the first there is counts.
    """
    names = [file] if file else [f"{table}{suffix}" for suffix in suffixes]
    try:
        if path.is_dir():
            found = next((f for name in names if (f := _in_folder(path, name))), None)
        else:
            found = _in_zip(path, names)
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        missing = isinstance(error, FileNotFoundError)
        raise SourceError(
            f"{path}: {'no such folder or zip' if missing else 'cannot be read'} ({type(error).__name__}).",
            remedy="`path` under [source] must be a readable folder or a zip without password.",
            file=str(path),
        ) from error
    if found is None and file:
        raise SourceError(
            f"{path} holds no file {file!r}, which `{_NAMED_BY.get(table, f'files.{table}')}` names.",
            remedy="Export it, or correct its name under [source].",
            file=file,
            table=table,
        )
    return found


_NAMED_BY = {"flat": "flat.file"}


def whole_file_of(path: Path) -> bytes:
    """Return a file's content. Raises SourceError where there is none, or no right to read it."""
    try:
        _require_end(path)
        return path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror or type(error).__name__}).",
            remedy="`path` under [source] must be a folder, a zip or a file that may be read.",
            file=str(path),
        ) from error


def _require_end(path: Path) -> None:
    """Raise OSError for a device: it is no file, and may have no end."""
    if path.is_char_device() or path.is_block_device():
        raise OSError(None, "it is no file")


def is_one_file(path: Path) -> bool:
    """Say whether a path is one table or workbook, and no folder or zip of files."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError:
        return False
    if not start.startswith(b"PK"):
        return path.suffix.casefold() != ".zip"
    return is_workbook(path.read_bytes())


def comes_upon(path: Path, table: str, file: str, sheet: str = "") -> bool:
    """Say whether reading takes this file, and this sheet of it, for a table where no setting names them."""
    alone = is_one_file(path)
    try:
        found = (path.name, whole_file_of(path)) if alone else find_file(path, table, None, FILE_SUFFIXES)
    except SourceError:  # a zip in which several are called so
        return False
    if found is None or found[0] != file:
        return False
    if not is_workbook(found[1]):
        return not alone
    there = sheet_names(*found)
    return sheet == (sheet_called(table, there) or ("" if alone else there[0]))


def stamp(path: Path, files: Mapping[str, str], suffixes: Sequence[str] = (".csv",)) -> str | None:
    """Return the SHA-256 of every file that would be read, None where one cannot be: whoever reads it says why."""
    digest = hashlib.sha256()
    try:
        for file in _to_be_read(path, files, suffixes):
            with file.open("rb") as content:
                digest.update(f"{file.name}\n{hashlib.file_digest(content, 'sha256').hexdigest()}\n".encode())
    except OSError:
        return None
    return digest.hexdigest()


def moments(path: Path, files: Mapping[str, str], suffixes: Sequence[str] = (".csv",)) -> Moments:
    """Return name, size and time of every file that would be read; one that cannot be looked at has none."""
    try:
        found = _to_be_read(path, files, suffixes)
        return tuple((f.name, s.st_size, s.st_mtime_ns) for f, s in ((f, f.stat()) for f in found))
    except OSError:
        return ()


def _to_be_read(path: Path, files: Mapping[str, str], suffixes: Sequence[str]) -> list[Path]:
    if not path.is_dir():
        _require_end(path)
        return [path]
    names = [[files[t]] if files.get(t) else [f"{t}{s}" for s in suffixes] for t in (*TABLES, "flat")]
    there = _listed(path)
    return [file for each in names for name in each if (file := _file_in(path, name, there))]


def _in_folder(path: Path, name: str) -> tuple[str, bytes] | None:
    file = _file_in(path, name, _listed(path))
    return (file.name, file.read_bytes()) if file else None


def _listed(path: Path) -> dict[str, list[str]]:
    """Return what lies in a folder: names, by how they are compared."""
    names: dict[str, list[str]] = {}
    for name in sorted(file.name for file in path.iterdir()):
        names.setdefault(name.casefold(), []).append(name)
    return names


def _file_in(path: Path, name: str, there: Mapping[str, Sequence[str]]) -> Path | None:
    """Return the file of a name, or of one that differs in case alone. ``there``: what lies in the folder."""
    alike = there.get(name.casefold(), ())
    # Only a name with a folder in it is not in the listing: to ask for every name there could be is slow on a network.
    first = [name] if name in alike or "/" in name or os.sep in name else []
    return next((file for file in (path / one for one in (*first, *alike)) if file.is_file()), None)


def _in_zip(path: Path, names: Sequence[str]) -> tuple[str, bytes] | None:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
        for member in members:
            parts = PurePosixPath(member.filename.replace("\\", "/"))
            if parts.is_absolute() or ".." in parts.parts:
                raise SourceError(
                    f"{path}: the member {member.filename!r} points outside the zip.",
                    remedy="Do not trust this file; export it again.",
                    file=str(path),
                )
        for name in names:
            alike = [m for m in members if PurePosixPath(m.filename).name.casefold() == name.casefold()]
            matches = [m for m in members if m.filename == name] or alike
            if matches:
                break
        else:
            return None
        if len(matches) > 1:
            raise SourceError(
                f"{path} holds {name} more than once: {', '.join(m.filename for m in matches)}.",
                remedy=f"Keep one, or name it in `files`, such as {matches[0].filename!r}.",
                file=str(path),
            )
        return matches[0].filename, _bounded(path, archive, matches[0])


def _bounded(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Read no more than the declared size, which itself is bounded: a zip bomb is refused before it is opened."""
    allowed = max(HARMLESS_BYTES, min(MAX_BYTES, MAX_RATIO * member.compress_size))
    if member.file_size > allowed or member.compress_type not in METHODS:
        odd = f"would unpack to {member.file_size:,} bytes, more than {allowed:,}"
        raise SourceError(
            f"{path}: {member.filename} {odd if member.file_size > allowed else 'is packed in an unusual way'}.",
            remedy="If you trust it, unpack it yourself and let `path` name the folder.",
            file=member.filename,
        )
    with archive.open(member) as stream:
        return stream.read(member.file_size + 1)
