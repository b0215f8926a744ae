"""Fill a dataclass of settings from a table of TOML: types checked with their path, paths relative, secrets from elsewhere."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from dayzero.config.schedule import Window
from dayzero.config.secrets import names_a_secret, resolved
from dayzero.config.settings import Limit, shown
from dayzero.errors import ConfigurationError

__all__ = ["fill", "refuse_unknown", "table_of"]

T = TypeVar("T")
_SECRETIVE = ("token", "password", "url", "proxy")
"""Settings whose value no message shows."""


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
    types = _types(cls)  # type: ignore[arg-type]
    values = {key: _filled(value, types[key], name, key, base, environ) for key, value in given.items()}
    for f in fields.values():
        if f.name not in values and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING:
            raise ConfigurationError(
                f"[{name}] has no `{f.name}`.", remedy=f"Add `{f.name} = ...` under [{name}].", key=f"{name}.{f.name}"
            )
    return cls(**values)


@lru_cache(maxsize=64)
def _types(cls: type[Any]) -> Mapping[str, Any]:
    """Return the types of a dataclass's fields. They are looked up once: a fleet fills the same settings for every school."""
    return typing.get_type_hints(cls, include_extras=True)


def _filled(value: Any, wanted: Any, name: str, key: str, base: Path, environ: Mapping[str, str]) -> Any:
    plain = typing.get_args(wanted)[0] if typing.get_origin(wanted) is Annotated else wanted
    inner = _inner(plain)
    if inner is not None and isinstance(value, Mapping):
        return fill(inner, value, f"{name}.{key}", base, environ)
    if inner is not None and isinstance(value, list) and typing.get_origin(plain) is list:
        return [fill(inner, one, f"{name}.{key}", base, environ) for one in value]
    if names_a_secret(value) and typing.get_origin(plain) is not dict:
        value = resolved(value, f"[{name}] {key}", base, environ)
    try:
        return _converted(value, wanted, plain, base)
    except msgspec.ValidationError as error:
        got = "" if key in _SECRETIVE else f", got {shown(value)}"
        said = f"{str(error).replace(' - at `$', f' - at `{key}')}{got}."
        raise ConfigurationError(
            f"[{name}] {key}: {said}", remedy=f"Correct `{key}` under [{name}].", key=f"{name}.{key}"
        ) from error
    except ConfigurationError as error:
        raise ConfigurationError(
            f"[{name}] {key}: {error.message}", remedy=error.remedy, key=f"{name}.{key}"
        ) from error


def _inner(plain: Any) -> type[Any] | None:
    """Return the dataclass that a setting is, may be, or is a list of: a table within the table."""
    for option in (plain, *typing.get_args(plain)):
        if isinstance(option, type) and dataclasses.is_dataclass(option) and option not in (Limit, Window):
            return option
    return None


def _converted(value: Any, wanted: Any, plain: Any, base: Path) -> Any:
    """Return a value as its final type; a list of one may be written as the one."""
    if plain is Limit:
        return Limit.parse(value)
    if typing.get_origin(plain) is not tuple:
        return msgspec.convert(value, wanted, dec_hook=_path_from_text(base))
    many = [value] if isinstance(value, str) else value
    if typing.get_args(plain)[0] is Window:
        return tuple(Window.parse(text) for text in msgspec.convert(many, tuple[str, ...]))
    return msgspec.convert(many, wanted)


def _path_from_text(base: Path) -> Callable[[type, Any], Any]:
    def decode(wanted: type, value: Any) -> Any:
        if wanted is Path and isinstance(value, str):
            if "\0" in value:
                raise msgspec.ValidationError("Expected a path, which has no NUL character")
            return base / value
        raise msgspec.ValidationError(f"Expected `{getattr(wanted, '__name__', wanted)}`")

    return decode


def refuse_unknown(table: Mapping[str, Any], known: Iterable[str], where: str, what: str) -> None:
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
