"""``dayzero.toml``: read, checked and changed in one place. Paths in it are relative to it (DESIGN 5)."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import os
import tomllib
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dayzero.errors import ConfigurationError
from dayzero.schedule import Window
from dayzero.settings import Limit, LimitSettings, NotifySettings, PortalSettings, ScheduleSettings, SyncSettings

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
    "starter",
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
    _refuse_unknown(document, SECTIONS, str(path), "section")
    for name in ("school", "source", "portal"):
        if name not in document:
            raise ConfigurationError(
                f"{path} has no [{name}] section.", remedy="`dayzero init` writes a complete file.", key=name
            )
    base = path.resolve().parent

    def section(cls: type[T], name: str) -> T:
        return _fill(cls, document.get(name, {}), name, base, environ)

    _refuse_literal(document["portal"], "portal", "token")
    _refuse_literal(document.get("notify"), "notify", "urls")
    if not asks_portal:
        document = {**document, "portal": {**_table(document["portal"], "portal"), "token": ""}}
    source = dict(_table(document["source"], "source"))
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
    return _fill(settings_type, table, "source", base, environ)


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

    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    if "sync" not in document:
        document["sync"] = tomlkit.table()
    document["sync"]["send_scheduling_year"] = value
    temporary = path.with_name(f".{path.name}.partial")
    temporary.write_text(tomlkit.dumps(document), encoding="utf-8")
    temporary.chmod(path.stat().st_mode)
    os.replace(temporary, path)  # noqa: PTH105 - the name says that it replaces


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


def _table(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(
            f"`{name}` is no section.", remedy=f"Write it as [{name}] with its settings below.", key=name
        )
    return value


def _fill(cls: type[T], table: object, name: str, base: Path, environ: Mapping[str, str]) -> T:
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    given = _table(table, name)
    _refuse_unknown(given, fields, f"[{name}]", "setting")
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    for key, value in given.items():
        values[key] = _resolved(value, hints[key], f"[{name}] {key}", base, environ)
    for f in fields.values():
        if f.name not in values and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING:
            raise ConfigurationError(
                f"[{name}] has no `{f.name}`.", remedy=f"Add `{f.name} = ...` under [{name}].", key=f"{name}.{f.name}"
            )
    for key, value in values.items():
        try:
            values[key] = msgspec.convert(value, hints[key], dec_hook=_path_from_text(base))
        except msgspec.ValidationError as error:
            shown = "" if key in ("token", "password", "url") else f", got {value!r}"
            said = str(error).replace(" - at `$", f" - at `{key}")
            raise ConfigurationError(
                f"[{name}] {key}: {said}{shown}.", remedy=f"Correct `{key}` under [{name}].", key=f"{name}.{key}"
            ) from error
    return cls(**values)


def _path_from_text(base: Path) -> Callable[[type, Any], Any]:
    def decode(wanted: type, value: Any) -> Any:
        if wanted is Path and isinstance(value, str):
            return base / value
        raise msgspec.ValidationError(f"Expected `{getattr(wanted, '__name__', wanted)}`")

    return decode


def _resolved(value: Any, wanted: Any, where: str, base: Path, environ: Mapping[str, str]) -> Any:
    """Return a setting, taken from the environment or a file where it says so, so that no password is literal."""
    if (
        not isinstance(value, dict)
        or len(value) != 1
        or not set(value) <= {"env", "file", "keyring"}
        or typing.get_origin(wanted) is dict
    ):
        return value
    ((kind, name),) = value.items()
    if not isinstance(name, str):
        raise ConfigurationError(
            f"{where}: `{kind}` must be a text.", remedy=f'Write {{ {kind} = "NAME" }}.', key=where
        )
    if kind == "env":
        if not environ.get(name):
            raise ConfigurationError(
                f"{where}: the environment variable {name} is not set.", remedy=f"Set it: export {name}=...", key=where
            )
        return environ[name]
    if kind == "keyring":
        return _from_keyring(name, where)
    try:
        return (base / name).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{where}: cannot read the file {name}.", remedy="Check that it exists, is text and may be read.", key=where
        ) from error


def _from_keyring(name: str, where: str) -> str:
    """Return the password that the system's keyring keeps under ``service/user``."""
    service, _, user = name.rpartition("/")
    try:
        import keyring

        found = keyring.get_password(service, user)
    except ImportError as error:
        raise ConfigurationError(
            f"{where}: keyring is not installed.", remedy='Install it: pip install "dayzero[keyring]"', key=where
        ) from error
    except Exception as error:
        raise ConfigurationError(
            f"{where}: the keyring of this machine cannot be used ({type(error).__name__}).",
            remedy="Unlock it, or use { env = ... } or { file = ... }.",
            key=where,
        ) from error
    if not found:
        raise ConfigurationError(
            f"{where}: the keyring has nothing under {name!r}.",
            remedy=f"Put it there: keyring set {service or 'SERVICE'} {user or 'USER'}",
            key=where,
        )
    return str(found)


def _refuse_unknown(table: Mapping[str, Any], known: typing.Iterable[str], where: str, what: str) -> None:
    known = list(known)
    unknown = [key for key in table if key not in known]
    if unknown:
        hints = (difflib.get_close_matches(key, known, n=1) for key in unknown)
        said = "; ".join(
            f"{key!r}" + (f" (did you mean {hint[0]!r}?)" if hint else "")
            for key, hint in zip(unknown, hints, strict=True)
        )
        raise ConfigurationError(
            f"{where} has unknown {what}s: {said}.", remedy=f"Known: {', '.join(known)}.", keys=unknown
        )


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


def starter(plugin: str, settings: Mapping[str, str], *, school_id: str, school_name: str, portal_url: str) -> str:
    """Return a commented ``dayzero.toml`` for ``dayzero init``."""
    lines = "\n".join(f"{key} = {_quoted(value)}" for key, value in settings.items())
    return _STARTER.format(
        plugin=_quoted(plugin), lines=lines, id=_quoted(school_id), name=_quoted(school_name), url=_quoted(portal_url)
    )


def _quoted(text: str) -> str:
    return text if text.isdecimal() or text in ("true", "false") else json.dumps(text, ensure_ascii=False)


_STARTER = """\
[school]
id = {id}                     # also the id on the portal
name = {name}

[source]
plugin = {plugin}
{lines}

[portal]
url = {url}
token = {{ env = "DAYZERO_TOKEN" }}    # or {{ file = "token.txt" }}; never the token itself

[sync]
send_scheduling_year = false         # change it with: dayzero settings send-scheduling-year yes
student_login = "email"              # a column of students; or a list, the first non-empty one wins
entry_codes = ["E"]                  # on Day 0 of the scheduling year they mark newcomers
withdrawal_codes = ["W"]
drift = "repair"                     # what others changed on the portal: "repair" or "keep"
shared_parent_login = "first"        # two parents, one mailbox: "first" or "withhold"

[limits]                             # a count, a percentage of the accounts there are, or "none"
create = "100%"
update = "25%"
disable = "10%"
shrink = "25%"                       # a people table that lost more rows since the last sync disables nobody
rekey = "2%"                         # more people than that under new ids: held, with an id map to accept
from_accounts = 100                  # below so many accounts percentages are taken of this number
on_breach = "hold"                   # hold: keep back what breaks the limit; stop: send nothing

[state]
path = ".dayzero"                    # journal: history of runs
"""
