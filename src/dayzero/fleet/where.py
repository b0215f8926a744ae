"""Which schools there are, and how each is configured: a ``fleet.toml`` with a template, or a folder of configurations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from dayzero.config import Config, configured, read_document
from dayzero.errors import ConfigurationError

__all__ = ["FleetSchool", "schools_in"]

_FLEET_KEYS = ("template", "schools")


@dataclass(frozen=True)
class FleetSchool:
    """A school of a fleet. ``document``: its whole configuration where a ``fleet.toml`` says it, else None: it is the file's."""

    id: str
    file: Path
    document: Mapping[str, Any] | None = None

    @property
    def source(self) -> tuple[str, str]:
        """The plugin of its source, and the path or address that is at; empty where its configuration does not say."""
        try:
            document = read_document(self.file) if self.document is None else self.document
        except ConfigurationError:
            return "", ""
        said = document.get("source")
        said = said if isinstance(said, Mapping) else {}
        path, url = said.get("path"), said.get("url")
        return str(said.get("plugin") or ""), str(self.file.parent / str(path)) if path else str(url or "")

    def config(self, environ: Mapping[str, str], *, asks_portal: bool = True) -> Config:
        """Return its configuration, checked as any other. Raises ConfigurationError. ``asks_portal``: as for ``config.load``."""
        document = read_document(self.file) if self.document is None else self.document
        return configured(document, self.file, environ=environ, asks_portal=asks_portal)


def schools_in(where: Path) -> list[FleetSchool]:
    """Return the schools of a fleet, sorted by id. Raises ConfigurationError where there are none, or two of one id.

    ``where``: a ``fleet.toml``, or a folder: its ``*.toml``, and the ``dayzero.toml`` of every folder in it; or one school's file.
    A file that cannot be read is a school, too, by its name: it fails by itself, and no other with it.
    """
    found = sorted(_in_folder(where) if where.is_dir() else _in_file(where), key=lambda s: s.id)
    if not found:
        raise ConfigurationError(
            f"{where} has no school.",
            remedy="Name a fleet.toml with [schools.ID] tables, or a folder of configurations.",
        )
    for one, other in pairwise(found):
        if one.id == other.id:
            raise ConfigurationError(
                f"The school {one.id!r} is there twice: in {one.file} and in {other.file}.",
                remedy="A school syncs once a night: take one of them out.",
            )
    return found


def _in_folder(folder: Path) -> Iterator[FleetSchool]:
    for file in [*folder.glob("*.toml"), *folder.glob("*/dayzero.toml")]:
        name = file.parent.name if file.name == "dayzero.toml" else file.stem
        try:
            ident = _id_in(read_document(file))
        except ConfigurationError:
            ident = None
        yield FleetSchool(ident or name, file)


def _id_in(document: Mapping[str, Any]) -> str | None:
    """Return the id that a school's configuration gives it, None where it gives none."""
    said = document.get("school")
    ident = said.get("id") if isinstance(said, Mapping) else None
    return ident if isinstance(ident, str) and ident else None


def _in_file(file: Path) -> Iterator[FleetSchool]:
    fleet = read_document(file)
    if "school" in fleet and "schools" not in fleet:
        yield FleetSchool(_id_in(fleet) or file.stem, file)
        return
    strange = [key for key in fleet if key not in _FLEET_KEYS]
    if strange:
        raise ConfigurationError(
            f"{file} has {strange[0]!r}, which is nothing of a fleet.",
            remedy="What all schools have stands under [template], and each school under [schools.ID].",
            key=strange[0],
        )
    template = _table(fleet.get("template", {}), "template", file)
    for ident, own in _listed(fleet.get("schools", {}), file):
        yield _school(ident, own, template, file)


def _listed(schools: object, file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield id and settings of every school: of ``[schools.ID]`` tables, or of ``[[schools]]`` with an ``id``."""
    if isinstance(schools, list):
        for number, own in enumerate(schools, 1):
            table = dict(_table(own, f"schools, entry {number}", file))
            ident = table.pop("id", None)
            if not isinstance(ident, str) or not ident:
                raise ConfigurationError(f"{file}: entry {number} of [[schools]] has no `id`.", key="schools.id")
            yield ident, table
        return
    for ident, own in _table(schools, "schools", file).items():
        yield ident, _table(own, f"schools.{ident}", file)


def _school(ident: str, own: Mapping[str, Any], template: Mapping[str, Any], file: Path) -> FleetSchool:
    given = dict(own)
    config = given.pop("config", None)
    if config is not None:  # a file of its own, by which it is synced alone as well
        if given:
            raise ConfigurationError(
                f"{file}: the school {ident!r} has a `config` of its own, and {next(iter(given))!r} besides.",
                remedy="Write it into that file.",
            )
        return FleetSchool(ident, file.parent / str(config))
    usual = {"school": {"id": ident, "name": ident}, "state": {"path": f".dayzero/{ident}"}}
    return FleetSchool(ident, file, _filled(_merged(_merged(usual, template), given), ident))


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return two documents as one, table by table; what stands in ``over`` counts."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _filled(value: Any, ident: str) -> Any:
    """Return a document with the school's id wherever a text says ``{school}``."""
    if isinstance(value, str):
        return value.replace("{school}", ident)
    if isinstance(value, Mapping):
        return {key: _filled(one, ident) for key, one in value.items()}
    return [_filled(one, ident) for one in value] if isinstance(value, list) else value


def _table(value: object, name: str, file: Path) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{file}: [{name}] is no table.", key=name)
    return value
