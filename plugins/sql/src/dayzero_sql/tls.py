"""What each driver must be told so that a connection is encrypted, and its server verified."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from dayzero.errors import ConfigurationError
from dayzero_sql.settings import SqlSettings

__all__ = ["TlsArguments", "tls_arguments"]

Mode = Literal["verify", "require", "off"]
_ORACLE_TLS_PORT = 2484


@dataclass(frozen=True)
class TlsArguments:
    """Additions to the URL's query and to the driver's own arguments."""

    query: Mapping[str, str] = field(default_factory=dict)
    connect: Mapping[str, Any] = field(default_factory=dict)


def tls_arguments(url: sa.URL, settings: SqlSettings) -> TlsArguments:
    """Return what ``settings`` ask of the driver of ``url``. Raises ConfigurationError where it cannot be told.

    With "auto" a server on this machine, or one whose URL already speaks of TLS, is left alone; all others are verified:
    what travels are children's names and addresses.
    """
    backend = url.get_backend_name()
    if backend == "sqlite":
        return TlsArguments()
    mode: Mode
    if settings.tls != "auto":
        mode = settings.tls
    elif _is_local(url) or any(key.lower().startswith(("ssl", "encrypt")) for key in url.query):
        return TlsArguments()
    else:
        mode = "verify"
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise ConfigurationError("[source] needs both `tls_cert` and `tls_key`, or neither.", remedy="Add the other.")
    driver = url.get_driver_name()
    say = _DRIVERS.get("libpq" if backend == "postgresql" else driver)
    if say is None:
        raise ConfigurationError(
            f'[source] tls = "{mode}" cannot be told to the driver {driver}.',
            remedy='Put the driver\'s own TLS options into the URL and leave `tls` at "auto", or use the default driver.',
        )
    return say(mode, settings, url)


def _is_local(url: sa.URL) -> bool:
    """Return whether nothing leaves this machine. libpq may be told where to go in the query as well."""
    told = [value for key in ("host", "hostaddr", "service") for value in url.normalized_query.get(key, ())]
    hosts = [host for host in (url.host, *told) if host]
    return all(host in ("localhost", "::1") or host.startswith(("127.", "/")) for host in hosts)


def _libpq(mode: Mode, settings: SqlSettings, _url: sa.URL) -> TlsArguments:
    query = {"sslmode": {"verify": "verify-full", "require": "require", "off": "disable"}[mode]}
    if mode == "verify":
        query["sslrootcert"] = str(settings.tls_ca or "system")
    return TlsArguments(query | _named(settings, cert="sslcert", key="sslkey"))


def _pymysql(mode: Mode, settings: SqlSettings, _url: sa.URL) -> TlsArguments:
    if mode == "off":
        return TlsArguments(connect={"ssl_disabled": True})
    context = ssl.create_default_context(cafile=settings.tls_ca)
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.tls_cert:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return TlsArguments(connect={"ssl": context})


def _pyodbc(mode: Mode, settings: SqlSettings, _url: sa.URL) -> TlsArguments:
    query = {"Encrypt": "no" if mode == "off" else "yes"}
    if mode != "off":
        query["TrustServerCertificate"] = "yes" if mode == "require" else "no"
    if settings.tls_ca:
        query["ServerCertificate"] = str(settings.tls_ca)
    return TlsArguments(query)


def _oracledb(mode: Mode, settings: SqlSettings, url: sa.URL) -> TlsArguments:
    """SQLAlchemy writes a connect descriptor that says TCP, and it goes before all else: it must be replaced whole."""
    service = url.query.get("service_name")
    if mode == "off":
        return TlsArguments()
    if not service:
        raise ConfigurationError(
            "[source] url: Oracle over TLS needs the name of a service.",
            remedy='Write "oracle://reader@db.school.example/?service_name=SIS".',
        )
    connect: dict[str, Any] = {
        "dsn": f"tcps://{url.host}:{url.port or _ORACLE_TLS_PORT}/{service}",
        "ssl_server_dn_match": mode == "verify",
    }
    wallet: Path | None = settings.tls_ca.parent if settings.tls_ca else None
    return TlsArguments(connect=connect | ({"wallet_location": str(wallet)} if wallet else {}))


def _named(settings: SqlSettings, *, cert: str, key: str) -> dict[str, str]:
    given = {cert: settings.tls_cert, key: settings.tls_key}
    return {name: str(path) for name, path in given.items() if path}


_DRIVERS: Mapping[str, Callable[[Mode, SqlSettings, sa.URL], TlsArguments]] = {
    "libpq": _libpq,
    "pymysql": _pymysql,
    "pyodbc": _pyodbc,
    "oracledb": _oracledb,
}
