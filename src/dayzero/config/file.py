"""``dayzero.toml``: read, checked and changed in one place. Paths in it are relative to it (DESIGN 5)."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dayzero.config.filling import fill, refuse_unknown, table_of
from dayzero.config.schedule import Window
from dayzero.config.settings import Limit, LimitSettings, NotifySettings, PortalSettings, ScheduleSettings, SyncSettings
from dayzero.errors import ConfigurationError
from dayzero.files import whole_file

__all__ = [
    "Config",
    "PortalSettings",
    "SchoolSettings",
    "SourceSettings",
    "StateSettings",
    "fill_settings",
    "load",
    "set_send_scheduling_year",
    "settings_digest",
]

T = TypeVar("T")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class SchoolSettings:
    """``[school]``. ``id`` is also the id on the portal."""

    id: str
    name: str = ""


@dataclass(frozen=True)
class SourceSettings:
    """``[source]``: the plugin, and the rest of the table, which belongs to the plugin."""

    plugin: str
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class StateSettings:
    """``[state]``: where the journal lives."""

    path: Path = Path(".dayzero")


@dataclass(frozen=True)
class Config:
    """One configured school. ``path``: the file it was read from, absolute."""

    path: Path
    school: SchoolSettings
    source: SourceSettings
    portal: PortalSettings
    sync: SyncSettings
    limits: LimitSettings
    state: StateSettings
    schedule: ScheduleSettings = field(default_factory=ScheduleSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)


@dataclass(frozen=True)
class _Schedule:
    """``[schedule]`` as it is written; ``ScheduleSettings`` is what it means."""

    timezone: str = "UTC"
    blackout: list[str] = field(default_factory=list)
    max_seconds: float | None = None


@dataclass(frozen=True)
class _Sync:
    """``[sync]`` as it is written; ``SyncSettings`` is what it means."""

    send_scheduling_year: bool = False
    student_login: str | list[str] = "email"
    entry_codes: list[str] = field(default_factory=lambda: ["E"])
    withdrawal_codes: list[str] = field(default_factory=lambda: ["W"])
    shared_parent_login: Literal["first", "withhold"] = "first"
    mode: Literal["all", "add-only"] = "all"
    add_only_until: date | None = None
    drift: Literal["repair", "keep"] = "repair"


@dataclass(frozen=True)
class _Limits:
    """``[limits]`` as it is written; ``LimitSettings`` is what it means."""

    create: int | str = "100%"
    update: int | str = "25%"
    disable: int | str = "10%"
    from_accounts: int = 100
    on_breach: Literal["hold", "stop"] = "hold"
    shrink: int | str = "25%"
    rekey: int | str = "2%"


SECTIONS = ("school", "source", "portal", "sync", "limits", "schedule", "notify", "state")


def load(path: Path, *, environ: Mapping[str, str], asks_portal: bool = True) -> Config:
    """Read and check a configuration; raise ConfigurationError that names section, key and value.

    ``asks_portal`` False: for what never talks to the portal; its token is left out and need not be there.
    """
    document = _parse(path)
    refuse_unknown(document, SECTIONS, str(path), "section")
    for name in ("school", "source", "portal"):
        if name not in document:
            raise ConfigurationError(
                f"{path} has no [{name}] section.", remedy="`dayzero init` writes a complete file.", key=name
            )
    base = path.resolve().parent

    def section(cls: type[T], name: str) -> T:
        return fill(cls, document.get(name, {}), name, base, environ)

    _refuse_literal(document["portal"], "portal", "token")
    _refuse_literal(document.get("notify"), "notify", "urls")
    if not asks_portal:
        document = {**document, "portal": {**table_of(document["portal"], "portal"), "token": ""}}
    source = dict(table_of(document["source"], "source"))
    plugin = source.pop("plugin", None)
    if not isinstance(plugin, str) or not plugin:
        raise ConfigurationError("[source] names no plugin.", remedy='For example: plugin = "csv"', key="source.plugin")
    portal, state = section(PortalSettings, "portal"), section(StateSettings, "state")
    _check_url(portal)
    return Config(
        path=path.resolve(),
        school=section(SchoolSettings, "school"),
        source=SourceSettings(plugin, source),
        portal=portal,
        sync=_sync(section(_Sync, "sync")),
        limits=_limits(section(_Limits, "limits")),
        schedule=_schedule(section(_Schedule, "schedule")),
        notify=section(NotifySettings, "notify"),
        state=state if "state" in document else StateSettings(base / state.path),
    )


def fill_settings(settings_type: type[T], table: Mapping[str, Any], base: Path, environ: Mapping[str, str]) -> T:
    """Fill a plugin's dataclass from ``[source]``: secrets resolved, paths relative to ``base``, unknown keys refused."""
    return fill(settings_type, table, "source", base, environ)


def settings_digest(config: Config) -> str:
    """Return the SHA-256 of what shapes a plan: school, portal, source plugin, ``[sync]`` and ``[limits]``; no secret."""
    shaping = {
        "school": config.school.id,
        "portal": config.portal.url,
        "source": config.source.plugin,
        "sync": _as_given(config.sync),
        "limits": _as_given(config.limits),
    }
    return hashlib.sha256(json.dumps(shaping, sort_keys=True, default=str).encode()).hexdigest()


_ADDED_LATER = ("mode", "add_only_until", "drift", "shrink", "rekey")


def _as_given(settings: SyncSettings | LimitSettings) -> dict[str, Any]:
    """Return settings as values. One added later counts only where it is set: older plans stay what they were."""
    usual = dataclasses.asdict(type(settings)())
    given = dataclasses.asdict(settings)
    return {name: v for name, v in given.items() if name not in _ADDED_LATER or v != usual[name]}


def set_send_scheduling_year(path: Path, value: bool) -> None:
    """Change the one setting in the file, keeping comments and order; the file is replaced as a whole or not at all."""
    import tomlkit

    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    if "sync" not in document:
        document["sync"] = tomlkit.table()
    document["sync"]["send_scheduling_year"] = value
    with whole_file(path, mode=path.stat().st_mode) as file:
        file.write(tomlkit.dumps(document).encode())


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"There is no {path}.", remedy="Make one with `dayzero init`, or name one with --config FILE."
        ) from error
    except OSError as error:
        raise ConfigurationError(f"Cannot read {path}: {error.strerror}.", remedy="Check its permissions.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 (byte {error.start}).", remedy="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}.", remedy="Correct that line.") from error


def _refuse_literal(section: object, name: str, key: str) -> None:
    if isinstance(section, Mapping) and isinstance(section.get(key), str):
        raise ConfigurationError(
            f"[{name}] {key} is written into the file.",
            remedy=f'Keep it out of it: {key} = {{ env = "DAYZERO_{key.upper()}" }}, {{ file = "{key}.txt" }} or {{ keyring = "dayzero/{name}" }}.',
            key=f"{name}.{key}",
        )


def _check_url(portal: PortalSettings) -> None:
    try:
        parts = urlsplit(portal.url)
    except ValueError:  # brackets that are no IPv6 address
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise ConfigurationError(
            f"[portal] url: {parts.hostname or portal.url.rpartition('@')[2]!r} is no portal address.",
            remedy="Give https://HOST, without user or password.",
            key="portal.url",
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not portal.allow_plain_http:
        raise ConfigurationError(
            f"[portal] url: {portal.url} would send children's data and the token unencrypted.",
            remedy="Use https, or set allow_plain_http = true if the network between is yours alone.",
            key="portal.url",
        )
    if portal.part_size < 1:
        raise ConfigurationError(
            "[portal] part_size must be 1 or more.", remedy="Leave it out for the default.", key="portal.part_size"
        )


def _sync(written: _Sync) -> SyncSettings:
    logins = (written.student_login,) if isinstance(written.student_login, str) else tuple(written.student_login)
    if not logins:
        raise ConfigurationError(
            "[sync] student_login is empty.",
            remedy='For example: student_login = ["email", "username"]',
            key="sync.student_login",
        )
    if written.mode == "add-only" and written.add_only_until is None:
        raise ConfigurationError(
            '[sync] mode = "add-only" has no end.',
            remedy="Name the last day of it: add_only_until = 2027-09-03. After it leavers are disabled again.",
            key="sync.add_only_until",
        )
    return SyncSettings(
        written.send_scheduling_year,
        logins,
        tuple(written.entry_codes),
        tuple(written.withdrawal_codes),
        written.shared_parent_login,
        written.mode,
        written.add_only_until if written.mode == "add-only" else None,
        written.drift,
    )


def _schedule(written: _Schedule) -> ScheduleSettings:
    try:
        ZoneInfo(written.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"[schedule] timezone: {written.timezone!r} is not known.",
            remedy='For example "America/New_York".',
            key="schedule.timezone",
        ) from error
    try:
        windows = tuple(Window.parse(text) for text in written.blackout)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"[schedule] blackout: {error.message}", remedy=error.remedy, key="schedule.blackout"
        ) from error
    return ScheduleSettings(written.timezone, windows, written.max_seconds)


def _limits(written: _Limits) -> LimitSettings:
    limits: dict[str, Limit] = {}
    for op in ("create", "update", "disable", "shrink", "rekey"):
        try:
            limits[op] = Limit.parse(getattr(written, op))
        except ConfigurationError as error:
            raise ConfigurationError(
                f"[limits] {op}: {error.message}", remedy=error.remedy, key=f"limits.{op}"
            ) from error
    if written.from_accounts < 0:
        raise ConfigurationError(
            "[limits] from_accounts must be 0 or more.",
            remedy="Leave it out for the default.",
            key="limits.from_accounts",
        )
    return LimitSettings(**limits, from_accounts=written.from_accounts, on_breach=written.on_breach)
