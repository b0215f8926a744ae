"""Tell somebody how a run ended, through ``apprise``: counts only, nobody's name."""

from __future__ import annotations

import logging
from importlib.util import find_spec

from dayzero.config import NotifySettings
from dayzero.errors import DayzeroError, PluginError
from dayzero.sync.outcome import Outcome

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
    return f"dayzero, {school}: the sync did not happen ({error.kind}, exit code {int(error.exit_code)}). `dayzero history` says more.{_page(settings)}"


def message_of_outcome(settings: NotifySettings, outcome: Outcome) -> str | None:
    """Return what to say of a run that ended, or None if nobody wants to know."""
    plan, said = outcome.plan, []
    if plan.waiting and "held" in settings.on:
        what = [f"{b.count} {b.kind} {b.op}" for b in plan.held]
        what += [f"{doubt.count} of {doubt.table} {doubt.op}" for doubt in plan.reads if doubt.waits]
        said.append("held: " + ", ".join(what) + "; review `dayzero plan`")
    if outcome.rejected and "failure" in settings.on:
        said.append(f"{len(outcome.rejected)} records were rejected by the portal")
    if outcome.first_newcomers and "newcomers" in settings.on:
        said.append(f"the first {outcome.first_newcomers} newcomers have accounts")
    return f"dayzero, {plan.header.school}: " + "; ".join(said) + f".{_page(settings)}" if said else None


def _page(settings: NotifySettings) -> str:
    """Return where the office looks, where that is known. Whoever opens it needs a link of their own."""
    return f" Sync Manager: {settings.page}" if settings.page else ""


def tell(settings: NotifySettings, message: str | None) -> bool:
    """Send a message to every address; whether that worked never changes how a run ended."""
    if message is None or not settings.urls:
        return True
    import apprise

    post = apprise.Apprise()
    try:
        known = [post.add(url) for url in settings.urls.split()]
        sent = bool(post.notify(body=message, title="dayzero")) and all(known)
    except Exception as error:  # noqa: BLE001 - a hundred services, and none of them changes how a run ended
        log.debug("notification failed: %s", type(error).__name__)
        sent = False
    if not sent:
        log.warning("A notification could not be sent.")
    return sent
