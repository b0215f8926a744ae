"""Which schools there are, and how each is configured: a ``fleet.toml`` with a template, or a folder of configurations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from dayzero.config import Config, configured, read_document
from dayzero.errors import ConfigurationError

__all__ = ["FleetSchool", "require_own_accounts", "school_in", "schools_in"]

_FLEET_KEYS = ("template", "schools")


@dataclass(frozen=True)
class FleetSchool:
    """A school of a fleet. ``document``: its whole configuration where a ``fleet.toml`` says it, else None: it is the file's."""

    id: str
    file: Path
    document: Mapping[str, Any] | None = None

    @property
    def alone(self) -> str:
        """What ``--config`` takes for this school alone."""
        return str(self.file) if self.document is None else f"{self.file}#{self.id}"

    @property
    def source(self) -> tuple[str, str]:
        """The plugin of its source, and the path or address that is at; empty where its configuration does not say."""
        said = self._said("source")
        path, url = said.get("path"), said.get("url")
        return str(said.get("plugin") or ""), str(self.file.parent / str(path)) if path else str(url or "")

    @property
    def account(self) -> tuple[str, str] | None:
        """Its id on the portal, and that portal; None where its configuration does not say."""
        ident, url = self._said("school").get("id"), self._said("portal").get("url")
        return (ident, url.rstrip("/")) if isinstance(ident, str) and isinstance(url, str) else None

    def _said(self, section: str) -> Mapping[str, Any]:
        """Return a section of its configuration, whatever that is worth."""
        try:
            said = self._read().get(section)
        except ConfigurationError:
            return {}
        return said if isinstance(said, Mapping) else {}

    def _read(self) -> Mapping[str, Any]:
        return read_document(self.file) if self.document is None else self.document

    def config(self, environ: Mapping[str, str], *, asks_portal: bool = True) -> Config:
        """Return its configuration, checked as any other. Raises ConfigurationError. ``asks_portal``: as for ``config.load``."""
        return configured(self._read(), self.file, environ=environ, asks_portal=asks_portal)


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


def school_in(where: Path, ident: str) -> FleetSchool:
    """Return one school of a fleet. Raises ConfigurationError where it is not there."""
    for school in schools_in(where):
        if school.id == ident:
            return school
    raise ConfigurationError(f"There is no school {ident!r} in {where}.", remedy="`dayzero fleet status` lists them.")


def require_own_accounts(schools: Sequence[FleetSchool]) -> None:
    """Raise ConfigurationError where two are one school of one portal: each would disable whom the other has."""
    known: dict[tuple[str, str], FleetSchool] = {}
    for school in schools:
        account = school.account
        if account is None:  # it fails by itself
            continue
        other = known.setdefault(account, school)
        if other is not school:
            raise ConfigurationError(
                f"{other.id!r} and {school.id!r} are one school of one portal: both have the id {account[0]!r} under [school].",
                remedy="Give each the id that the portal knows it by, or take one of them out.",
                key="school.id",
            )


def _in_folder(folder: Path) -> Iterator[FleetSchool]:
    taken, broken = set[str](), list[FleetSchool]()
    for file in [*folder.glob("*.toml"), *folder.glob("*/dayzero.toml")]:
        if file.exists() and not (file.is_file() or file.is_dir()):
            continue  # a pipe or a device: to open one may wait for ever
        school = FleetSchool(file.parent.name if file.name == "dayzero.toml" else file.stem, file)
        try:
            school = FleetSchool(_id_in(read_document(file)) or school.id, file)
        except ConfigurationError:
            broken.append(school)
        else:
            taken.add(school.id)
            yield school
    for school in broken:  # by its name, unless that is another's: it fails by itself
        yield replace(school, id=str(school.file.relative_to(folder))) if school.id in taken else school


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
            if not isinstance(ident, str):
                raise ConfigurationError(
                    f"{file}: entry {number} of [[schools]] has no `id`, or one that is no text.",
                    remedy='Write id = "...", by which the school is called here.',
                    key="schools.id",
                )
            yield ident, table
        return
    for ident, own in _table(schools, "schools", file).items():
        yield ident, _table(own, f"schools.{ident}", file)


def _school(ident: str, own: Mapping[str, Any], template: Mapping[str, Any], file: Path) -> FleetSchool:
    if ident.strip() in ("", ".", "..") or any(mark in ident for mark in "/\\\0"):
        raise ConfigurationError(
            f"{file}: a school cannot be called {ident!r}: its journal lies in a folder of that name.",
            remedy="Call it otherwise; what the portal calls it stands under [school], as `id`.",
            key="schools",
        )
    given = dict(own)
    config = given.pop("config", None)
    if config is not None and not (isinstance(config, str) and config):
        raise ConfigurationError(
            f"{file}: `config` of the school {ident!r} is no path.",
            remedy="Write the path of its configuration, as a text.",
            key="schools.config",
        )
    if config is not None:  # a file of its own, by which it is synced alone as well
        if given:
            raise ConfigurationError(
                f"{file}: the school {ident!r} has a `config` of its own, and {next(iter(given))!r} besides.",
                remedy="Write it into that file.",
            )
        return FleetSchool(ident, file.parent / config)
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
        raise ConfigurationError(
            f"{file}: [{name}] is no table.",
            remedy="What all schools have stands under [template], and each school under [schools.ID].",
            key=name,
        )
    return value
