"""Read a CSV bundle: a folder or zip of OneRoster files."""

from __future__ import annotations

import polars as pl

from dayzero.errors import SourceError
from dayzero.plugin import Finding
from dayzero_csv.files import find_file
from dayzero_csv.reading import read_text
from dayzero_csv.text import utf8
from dayzero_oneroster.columns import in_specification
from dayzero_oneroster.damage import damaged_files, with_unreadable_roles
from dayzero_oneroster.findings import Findings
from dayzero_oneroster.header import with_named_header
from dayzero_oneroster.manifest import modes_of
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.settings import OneRosterSettings
from dayzero_oneroster.specification import FILES

__all__ = ["read_bundle"]


def read_bundle(settings: OneRosterSettings) -> Roster:
    """Return the bundle's files. Raises SourceError naming file and line where one is no CSV file."""
    texts: dict[str, pl.DataFrame] = {}
    findings: list[Finding] = []
    for name in ("manifest", *FILES):
        text, found = _text(settings, name)
        findings += found
        if text is not None:
            texts[name] = text
    manifest = texts.pop("manifest", None)
    if not texts:
        raise SourceError(
            f"{settings.path}: no OneRoster file is in it.",
            remedy=f"`path` under [source] must name a folder or zip with {', '.join(f'{n}.csv' for n in FILES)}.",
            file=str(settings.path),
        )
    modes, found = modes_of(manifest, tuple(texts))
    findings += found
    files: dict[str, pl.DataFrame] = {}
    for name in modes:
        frame, found = in_specification(name, texts[name])
        findings += found
        if frame is not None:
            files[name] = frame
    kept = {name: modes[name] for name in files}
    return Roster(with_unreadable_roles(files), kept, damaged_files(texts, files), tuple(findings))


def _text(settings: OneRosterSettings, name: str) -> tuple[pl.DataFrame | None, Findings]:
    assert settings.path is not None  # noqa: S101 - `opened` made sure
    found = find_file(settings.path, name, None)
    if found is None:
        return None, ()
    file, data = found
    if data and b"\n" not in data and b"\r" not in data:
        raise SourceError(
            f"{file}, line 1: the file ends in its header; it seems to be cut off.",
            remedy="Export or copy it again; a file without rows still has its header, and a line break after it.",
            file=file,
            line=1,
        )
    data, nameless = with_named_header(name, utf8(file, data, settings.encoding), settings.delimiter)
    return read_text(file, data, settings.delimiter), nameless
