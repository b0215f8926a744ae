"""``dayzero.toml``: read, checked and changed in one place. Paths in it are relative to it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dayzero.config.convert import fill, refuse_unknown, table_of
from dayzero.config.secrets import refuse_literal
from dayzero.config.settings import (
    SECTIONS,
    Config,
    LimitSettings,
    PortalSettings,
    ScheduleSettings,
    SourceSettings,
    StateSettings,
    SyncSettings,
)
from dayzero.errors import ConfigurationError
from dayzero.files import whole_content, whole_file
from dayzero.schema import RESERVED_COLUMNS, TABLES, Type

__all__ = [
    "configured",
    "fill_settings",
    "load",
    "read_document",
    "set_send_scheduling_year",
    "set_setting",
    "settings_digest",
]

T = TypeVar("T")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def load(path: Path, *, environ: Mapping[str, str], asks_portal: bool = True) -> Config:
    """Read and check a configuration; raise ConfigurationError that names section, key and value.

    ``asks_portal`` False: for what never talks to the portal; its token is left out and need not be there.
    """
    return configured(read_document(path), path, environ=environ, asks_portal=asks_portal)


def configured(
    document: Mapping[str, Any], path: Path, *, environ: Mapping[str, str], asks_portal: bool = True
) -> Config:
    """Check a configuration that was read already; as ``load``. ``path``: the file it stands in, to which its paths are relative."""
    document = dict(document)
    refuse_unknown(document, SECTIONS, str(path), "section")
    for name in ("school", "source", "portal"):
        if name not in document:
            raise ConfigurationError(
                f"{path} has no [{name}] section.", remedy="`dayzero init` writes a complete file.", key=name
            )
    base = path.resolve().parent
    refuse_literal(document["portal"], "portal", "token")
    refuse_literal(document.get("notify"), "notify", "urls")
    if _has_password(document["portal"]):
        refuse_literal(document["portal"], "portal", "proxy")
    if not asks_portal:
        document = {**document, "portal": {**table_of(document["portal"], "portal"), "token": ""}}
    # Written out, so that the folder lies beside the file like any path in it.
    document["state"] = {"path": str(StateSettings().path), **table_of(document.get("state", {}), "state")}
    filled = {
        name: fill(cls, document.get(name, {}), name, base, environ)
        for name, cls in SECTIONS.items()
        if cls is not SourceSettings
    }
    config = _checked(
        Config(path=path.resolve(), source=_source(document["source"]), **filled), asks_portal=asks_portal
    )
    return dataclasses.replace(config, portal=_trusting_as_told(config.portal, environ))


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


_ADDED_LATER = (
    "use_preferred_name",
    "mode",
    "add_only_until",
    "drift",
    "shrink",
    "rekey",
    "enable",
    "refuse",
    "year",
    "summer_bridge_days",
    "today",
)


def _as_given(settings: SyncSettings | LimitSettings) -> dict[str, Any]:
    """Return settings as values. One added later counts only where it is set: older plans stay what they were."""
    usual = dataclasses.asdict(type(settings)())
    given = dataclasses.asdict(settings)
    return {name: v for name, v in given.items() if name not in _ADDED_LATER or v != usual[name]}


def set_send_scheduling_year(path: Path, value: bool) -> None:
    """Change the one setting that an office changes again and again."""
    set_setting(path, "sync", "send_scheduling_year", value)


def set_setting(path: Path, section: str, name: str, value: bool | str | int | date) -> None:
    """Change one setting in the file, keeping comments and order; the file is replaced as a whole or not at all."""
    import tomlkit

    read_document(path)  # it may have been edited meanwhile
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    if "schools" in document or "template" in document:
        raise ConfigurationError(
            f"{path} is a fleet's: a setting of one school is written there by hand.",
            remedy=f"Write {name} under [schools.ID.{section}], or for all schools under [template.{section}].",
        )
    if section not in document:
        document[section] = tomlkit.table()
    document[section][name] = value
    with whole_file(path, mode=path.stat().st_mode) as file:
        file.write(tomlkit.dumps(document).encode())


def read_document(path: Path) -> dict[str, Any]:
    """Return a file of settings as it stands, unchecked. Raises ConfigurationError where it cannot be read."""
    try:
        return tomllib.loads(whole_content(path).decode("utf-8-sig"))
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
    except RecursionError as error:
        raise ConfigurationError(
            f"{path} has brackets within brackets without an end.", remedy="Correct it."
        ) from error
    except ValueError as error:  # a number of thousands of digits
        raise ConfigurationError(f"{path} cannot be read: {error}.", remedy="Correct it.") from error


def _source(table: object) -> SourceSettings:
    raw = dict(table_of(table, "source"))
    plugin = raw.pop("plugin", None)
    if not isinstance(plugin, str) or not plugin:
        raise ConfigurationError("[source] names no plugin.", remedy='For example: plugin = "csv"', key="source.plugin")
    return SourceSettings(plugin, raw)


def _has_password(portal: object) -> bool:
    """Say whether the proxy is written with user and password."""
    return isinstance(portal, Mapping) and "@" in str(portal.get("proxy", ""))


def _trusting_as_told(portal: PortalSettings, environ: Mapping[str, str]) -> PortalSettings:
    """Return the settings with the certificates that the environment names, where the file names none."""
    named = next((environ[name] for name in _CERTIFICATES if environ.get(name)), None)
    return dataclasses.replace(portal, ca_file=Path(named)) if named and portal.ca_file is None else portal


_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def _checked(config: Config, *, asks_portal: bool) -> Config:
    """Return the configuration once what no type can say is right, too."""
    _check_url(config.portal)
    if asks_portal:
        _check_proxy(config.portal)
        config = dataclasses.replace(config, portal=_with_clean_token(config.portal))
    _check_timezone(config.schedule)
    _check_names(config)
    _check_student_login(config.sync)
    if config.sync.mode == "add-only" and config.sync.add_only_until is None:
        raise ConfigurationError(
            '[sync] mode = "add-only" has no end.',
            remedy="Name the last day of it: add_only_until = 2027-09-03. After it leavers are disabled again.",
            key="sync.add_only_until",
        )
    if config.sync.mode != "add-only":
        config = dataclasses.replace(config, sync=dataclasses.replace(config.sync, add_only_until=None))
    return config


def _address(url: str) -> SplitResult | None:
    """Return the parts of an http(s) address with a host that can be looked up, None for anything else."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        good = parts.scheme in ("http", "https") and bool(host.encode("idna")) and parts.port != 0 and url.isprintable()
    except ValueError:  # brackets that are no IPv6 address, a port beyond all ports, a label of too many letters
        return None
    return parts if good else None


def _check_proxy(portal: PortalSettings) -> None:
    if not portal.proxy:
        return
    if _address(portal.proxy) is None:
        raise ConfigurationError(
            "[portal] proxy is no address of a proxy.", remedy="Give http://HOST:PORT.", key="portal.proxy"
        )
    if portal.url.lower().startswith("http:"):
        raise ConfigurationError(
            "[portal] proxy would see the token: the portal's url is http, without encryption.",
            remedy="Give the portal's https address, or take `proxy` out.",
            key="portal.proxy",
        )


def _with_clean_token(portal: PortalSettings) -> PortalSettings:
    """Return the settings with a token that fits into a header: without the blanks and line ends that files end with."""
    token = portal.token.strip()
    if re.fullmatch(r"[!-~]+", token):
        return dataclasses.replace(portal, token=token)
    wrong = next((n for n, c in enumerate(token, start=1) if not "!" <= c <= "~"), 0)
    raise ConfigurationError(
        f"[portal] token holds a character that no token has, the {wrong}. of {len(token)}."
        if token
        else "[portal] token is empty.",
        remedy="Copy it again, as one line and nothing else; a file must be plain text (UTF-8).",
        key="portal.token",
    )


def _check_url(portal: PortalSettings) -> None:
    parts = _address(portal.url)
    if parts is None or parts.username or parts.password:
        raise ConfigurationError(
            f"[portal] url: {portal.url.rpartition('@')[2][:80]!r} is no portal address.",
            remedy="Give https://HOST, without user or password.",
            key="portal.url",
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not portal.allow_plain_http:
        raise ConfigurationError(
            f"[portal] url: {portal.url} would send children's data and the token unencrypted.",
            remedy="Use https, or set allow_plain_http = true if the network between is yours alone.",
            key="portal.url",
        )


def _check_names(config: Config) -> None:
    """Raise ConfigurationError for an id that is none, and a folder that no system could have."""
    if not config.school.id.strip() or not config.school.id.isprintable():
        raise ConfigurationError("[school] id is empty, or no text.", remedy="Give the school's id.", key="school.id")
    if "\0" in str(config.state.path):
        raise ConfigurationError("[state] path holds a NUL.", remedy="Name a folder.", key="state.path")


def _check_student_login(sync: SyncSettings) -> None:
    """Raise ConfigurationError for a column of students that says something else than how somebody is called."""
    for name in sync.student_login:
        known = TABLES["students"][name] if name in TABLES["students"].names else None
        if (
            not name.strip()
            or name in RESERVED_COLUMNS
            or (known is not None and known.type is not Type.TEXT and not known.required)
        ):
            raise ConfigurationError(
                f"[sync] student_login: {name!r} is no column that holds a login.",
                remedy='For example student_login = "email", or the name of a column of your own.',
                key="sync.student_login",
            )


def _check_timezone(schedule: ScheduleSettings) -> None:
    try:
        ZoneInfo(schedule.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"[schedule] timezone: {schedule.timezone!r} is not known.",
            remedy='For example "America/New_York".',
            key="schedule.timezone",
        ) from error
