"""Fill settings from a table of TOML: types checked with their path, paths relative, secrets from elsewhere.

Any value may be ``{ env = "NAME" }``, ``{ file = "PATH" }`` or ``{ keyring = "service/user" }``, so that no password is literal.
"""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from dayzero.errors import ConfigurationError

__all__ = ["fill", "refuse_unknown", "table_of"]

T = TypeVar("T")


def table_of(value: object, name: str) -> Mapping[str, Any]:
    """Return a section; raise ConfigurationError for anything else."""
    if not isinstance(value, Mapping):
        raise ConfigurationError(
            f"`{name}` is no section.", remedy=f"Write it as [{name}] with its settings below.", key=name
        )
    return value


def fill(cls: type[T], table: object, name: str, base: Path, environ: Mapping[str, str]) -> T:
    """Return a dataclass filled from a table; raise ConfigurationError naming section and key, and what is meant by it."""
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    given = table_of(table, name)
    refuse_unknown(given, fields, f"[{name}]", "setting")
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


def refuse_unknown(table: Mapping[str, Any], known: typing.Iterable[str], where: str, what: str) -> None:
    """Raise ConfigurationError for keys that are not known, naming the nearest that is."""
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
