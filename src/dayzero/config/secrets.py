"""Values from elsewhere: ``{ env = "NAME" }``, ``{ file = "PATH" }`` or ``{ keyring = "service/user" }``, so that no
password is literal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dayzero.errors import ConfigurationError
from dayzero.files import whole_content

__all__ = ["names_a_secret", "refuse_literal", "resolved"]


def refuse_literal(section: object, name: str, key: str) -> None:
    """Raise ConfigurationError where a secret is written into the file itself."""
    if isinstance(section, Mapping) and isinstance(section.get(key), str):
        raise ConfigurationError(
            f"[{name}] {key} is written into the file.",
            remedy=f'Keep it out of it: {key} = {{ env = "DAYZERO_{key.upper()}" }}, {{ file = "{key}.txt" }} or {{ keyring = "dayzero/{name}" }}.',
            key=f"{name}.{key}",
        )


def names_a_secret(value: Any) -> bool:
    """Say whether a setting says where its value is to be found."""
    return isinstance(value, dict) and len(value) == 1 and set(value) <= {"env", "file", "keyring"}


def resolved(value: Mapping[str, Any], where: str, base: Path, environ: Mapping[str, str]) -> str:
    """Return what a setting means that ``names_a_secret``; raise ConfigurationError where it is not to be had."""
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
        return environ[name].rstrip("\r\n")
    if kind == "keyring":
        return _from_keyring(name, where)
    try:
        return whole_content(base / name).decode("utf-8-sig").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{where}: cannot read the file {name[:80]!r}.",
            remedy="Check that it exists, is text (UTF-8) and may be read.",
            key=where,
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
