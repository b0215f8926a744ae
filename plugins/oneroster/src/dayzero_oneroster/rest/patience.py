"""Ask again what may go well the next time: 429, 5xx and no answer at all, as long as the service asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime

import requests

from dayzero.errors import SourceError
from dayzero.plugin import Clock
from dayzero_oneroster.rest.answers import own_words

__all__ = ["ATTEMPTS", "patiently"]

ATTEMPTS = 6
_AGAIN = (429, 500, 502, 503, 504)
_LONGEST_WAIT = 300.0


def patiently(
    ask: Callable[[], requests.Response], url: str, clock: Clock, secrets: tuple[str, ...] = ()
) -> requests.Response:
    """Return the first answer that is not for later. Raises SourceError where none is; of such ``busy`` is true."""
    problem, status = "", None
    for attempt in range(ATTEMPTS):
        wait = 2.0**attempt
        try:
            answer = ask()
        except requests.exceptions.RequestException as error:
            problem, status = f"does not answer ({type(error).__name__})", None
        else:
            if answer.status_code not in _AGAIN:
                return answer
            words = own_words(answer, secrets)
            problem, status = f"answers {answer.status_code}" + (f" ({words})" if words else ""), answer.status_code
            wait = min(_wished(answer, clock) or wait, _LONGEST_WAIT)
        if attempt + 1 < ATTEMPTS:
            clock.sleep(wait)
    raise SourceError(
        f"{url} {problem}, {ATTEMPTS} times.",
        remedy="Try again later, or ask the provider.",
        url=url,
        status=status,
        busy=True,
    )


def _wished(answer: requests.Response, clock: Clock) -> float | None:
    """Return the seconds of ``Retry-After``, which may be a number or a date (RFC 9110)."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - clock.now()).total_seconds())
