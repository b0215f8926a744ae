"""Tell somebody how a run ended, through ``apprise``: counts only, nobody's name."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from dayzero.config.settings import NotifySettings
from dayzero.errors import DayzeroError, ExitCode, PluginError

__all__ = ["message_of_failure", "message_of_outcome", "require_apprise", "tell"]

log = logging.getLogger(__name__)


def require_apprise(settings: NotifySettings) -> None:
    """Raise PluginError where messages are wanted and cannot be sent: better before the sync than after."""
    if settings.urls and find_spec("apprise") is None:
        raise PluginError(
            "[notify] is set, and apprise is not installed.", remedy='Install it: pip install "dayzero[notify]"'
        )


def message_of_failure(settings: NotifySettings, school: str, error: DayzeroError) -> str | None:
    """Return what to say of a run that failed: its kind and exit code; the error's own text may name people."""
    if "failure" not in settings.on:
        return None
    kind = type(error).__name__.removesuffix("Error")
    return f"dayzero, {school}: the sync did not happen ({kind}, exit code {int(error.exit_code)}). `dayzero history` says more."


def message_of_outcome(
    settings: NotifySettings, document: Mapping[str, Any], code: ExitCode, *, first_newcomers: int
) -> str | None:
    """Return what to say of a run that ended, or None if nobody wants to know."""
    school, held, rejected = document["school"], document["held"], document["rejected"]
    said = []
    if code is ExitCode.HELD and "held" in settings.on:
        said.append(
            "held: " + ", ".join(f"{h['count']} {h['kind']} {h['op']}" for h in held) + "; review `dayzero plan`"
        )
    if rejected and "failure" in settings.on:
        said.append(f"{len(rejected)} records were rejected by the portal")
    if first_newcomers and "newcomers" in settings.on:
        said.append(f"the first {first_newcomers} newcomers have accounts")
    return f"dayzero, {school}: " + "; ".join(said) + "." if said else None


def tell(settings: NotifySettings, message: str | None) -> bool:
    """Send a message to every address; whether that worked never changes how a run ended."""
    if message is None or not settings.urls:
        return True
    import apprise

    post = apprise.Apprise()
    known = [post.add(url) for url in settings.urls.split()]
    sent = bool(post.notify(body=message, title="dayzero"))
    if not sent or not all(known):
        log.warning("A notification could not be sent.")
    return sent
