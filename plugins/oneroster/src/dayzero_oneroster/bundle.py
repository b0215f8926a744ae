"""Read a CSV bundle: a folder or zip of OneRoster files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import polars as pl

from dayzero.errors import ConfigurationError, SourceError
from dayzero.plugin import Finding
from dayzero_csv.files import find_file
from dayzero_csv.reading import read_text
from dayzero_csv.text import utf8
from dayzero_oneroster.columns import in_specification
from dayzero_oneroster.damage import damaged_files, named_last, with_unreadable_roles
from dayzero_oneroster.findings import Findings
from dayzero_oneroster.header import with_named_header
from dayzero_oneroster.manifest import modes_of
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.settings import OneRosterSettings
from dayzero_oneroster.specification import FILES

__all__ = ["read_bundle"]


def read_bundle(settings: OneRosterSettings) -> Roster:
    """Return the bundle's files. Raises SourceError naming file and line of every one that is no CSV file or has a wrong header."""
    _require_known(settings.columns)
    wrong = _Wrong()
    texts: dict[str, pl.DataFrame] = {}
    findings: list[Finding] = []
    for name in ("manifest", *FILES):
        with wrong.noted():
            text, found = _text(settings, name)
            findings += found
            if text is not None:
                texts[name] = text
    manifest = texts.pop("manifest", None)
    if not texts:
        wrong.require_nothing()
        raise SourceError(
            f"{settings.path}: no OneRoster file is in it.",
            remedy=f"`path` under [source] must name a folder or zip with {', '.join(f'{n}.csv' for n in FILES)}.",
            file=str(settings.path),
        )
    modes, found = modes_of(manifest, tuple(texts))
    findings += found
    files: dict[str, pl.DataFrame] = {}
    damaged: set[str] = set()
    cut: set[str] = set()
    for name in modes:
        with wrong.noted():
            text = texts.pop(name)  # each is let go once it was brought into order
            frame, found = in_specification(name, text, settings.columns.get(name, {}))
            findings += found
            if frame is not None:
                cut |= named_last(name, frame)
                files[name] = frame.drop("source_unended", strict=False)
                damaged |= damaged_files({name: text}, {name: files[name]})
    wrong.require_nothing()
    kept = {name: modes[name] for name in files}
    return Roster(with_unreadable_roles(files), kept, frozenset(damaged), tuple(findings), unended=frozenset(cut))


class _Wrong:
    """Notes what is wrong with each file, so that it is said of all of them at once."""

    def __init__(self) -> None:
        self._errors: list[SourceError] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note an error about one file and go on with the next."""
        try:
            yield
        except SourceError as error:
            self._errors.append(error)

    def require_nothing(self) -> None:
        """Raise SourceError where anything was noted: as it was, or all as one."""
        if len(self._errors) < 2:
            for error in self._errors:
                raise error
            return
        raise SourceError(
            "\n".join(error.message for error in self._errors),
            remedy="\n".join(dict.fromkeys(error.remedy for error in self._errors)),
            files=[error.facts.get("file") for error in self._errors],
            said="\n".join(said for error in self._errors if (said := error.facts.get("said"))) or None,
        )


def _require_known(columns: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse a mapping of files or columns that the specification does not know. Raises ConfigurationError."""
    for file, mapped in columns.items():
        if file not in FILES:
            raise ConfigurationError(
                f"[source.columns] names the file {file!r}, which is none of OneRoster's.",
                remedy=f"Files: {', '.join(FILES)}.",
                key="source.columns",
            )
        for column in mapped:
            if column not in FILES[file]:
                raise ConfigurationError(
                    f"[source.columns.{file}] names the column {column!r}, which is none of OneRoster's.",
                    remedy=f'It is COLUMN = "HEADER". Columns: {", ".join(FILES[file])}.',
                    key=f"source.columns.{file}",
                )


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
    return read_text(file, data, settings.delimiter).frame, nameless
