"""Read a CSV bundle: a folder or zip of OneRoster files."""

from __future__ import annotations

from typing import cast

import polars as pl

from dayzero.errors import SourceError
from dayzero_csv.files import find_file
from dayzero_csv.reading import read_text
from dayzero_csv.text import utf8
from dayzero_oneroster.columns import in_specification
from dayzero_oneroster.damage import damaged_files, with_unreadable_roles
from dayzero_oneroster.header import with_named_header
from dayzero_oneroster.manifest import modes_of
from dayzero_oneroster.oddities import Oddities
from dayzero_oneroster.roster import Mode, Roster
from dayzero_oneroster.settings import OneRosterSettings
from dayzero_oneroster.specification import FILES

__all__ = ["read_bundle"]


def read_bundle(settings: OneRosterSettings, oddities: Oddities) -> Roster:
    """Return the bundle's files. Raises SourceError naming file and line where one is no CSV file."""
    texts = {name: frame for name in ("manifest", *FILES) if (frame := _text(settings, name, oddities)) is not None}
    manifest = texts.pop("manifest", None)
    if not texts:
        raise SourceError(
            f"{settings.path}: no OneRoster file is in it.",
            remedy=f"`path` under [source] must name a folder or zip with {', '.join(f'{n}.csv' for n in FILES)}.",
            file=str(settings.path),
        )
    modes = modes_of(manifest, tuple(texts), oddities)
    files = {}
    for name in modes:
        frame = in_specification(name, texts[name], oddities)
        if frame is not None:
            files[name] = frame
    damaged = damaged_files(texts, files)
    return Roster(with_unreadable_roles(files), {name: cast(Mode, modes[name]) for name in files}, damaged)


def _text(settings: OneRosterSettings, name: str, oddities: Oddities) -> pl.DataFrame | None:
    assert settings.path is not None  # noqa: S101 - `opened` made sure
    found = find_file(settings.path, name, None)
    if found is None:
        return None
    file, data = found
    if data and b"\n" not in data and b"\r" not in data:
        raise SourceError(
            f"{file}, line 1: the file ends in its header; it seems to be cut off.",
            remedy="Export or copy it again; a file without rows still has its header, and a line break after it.",
            file=file,
            line=1,
        )
    data = with_named_header(name, utf8(file, data, settings.encoding), settings.delimiter, oddities)
    return read_text(file, data, settings.delimiter)
