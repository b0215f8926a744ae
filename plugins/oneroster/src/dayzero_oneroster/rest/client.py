"""Ask a OneRoster service for one page: signed, patient with 429 and 503, and with one clear error for what goes wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from dayzero.errors import SourceError
from dayzero.plugin import Clock
from dayzero_oneroster.rest.auth import Bearer, auth_of, require_safe_url
from dayzero_oneroster.settings import OneRosterSettings

__all__ = ["NotOfferedError", "OneRosterClient", "Page"]

ATTEMPTS = 6
AGAIN = (429, 500, 502, 503, 504)
LONGEST_WAIT = 300.0
_PATHS = {"v1p1": "/ims/oneroster/v1p1", "v1p2": "/ims/oneroster/rostering/v1p2"}


class NotOfferedError(SourceError):
    """The service does not have this collection, or not for this client."""


@dataclass(frozen=True)
class Page:
    """One answer: ``records`` as JSON gave them, and ``total`` if a plausible one was said."""

    records: list[Any]
    total: int | None


class OneRosterClient:
    """One service. ``version``: ``v1p1`` or ``v1p2``."""

    def __init__(self, settings: OneRosterSettings, *, clock: Clock) -> None:
        require_safe_url("url", settings.url)
        self._clock = clock
        self._timeout = settings.timeout_seconds
        asked = {"1.1": "v1p1", "1.2": "v1p2"}.get(settings.version, "")
        named = re.search(r"/(v1p[12])/?$", urlsplit(settings.url).path)
        self.version = named.group(1) if named else asked or "v1p1"
        self.url = settings.url.rstrip("/") + ("" if named else _PATHS[self.version])
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Accept"] = "application/json"
        self._auth = auth_of(settings, self.version)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def page(self, collection: str, params: dict[str, str]) -> Page:
        """Return one page. Raises SourceError, NotOfferedError for 403 and 404."""
        answer = self._answer(f"{self.url}/{collection}", params)
        try:
            document = answer.json()
        except ValueError:
            document = None
        records = document.get(collection) if isinstance(document, dict) else None
        if not isinstance(records, list):
            raise SourceError(
                f"{self.url}/{collection} answers without a list called {collection}.",
                remedy="Check `url` and `version` under [source].",
                collection=collection,
            )
        total = answer.headers.get("X-Total-Count", "").strip()
        return Page(records, int(total) if total.isdecimal() else None)

    def _answer(self, url: str, params: dict[str, str]) -> requests.Response:
        renewed = False
        problem = ""
        for attempt in range(ATTEMPTS):
            wait = 2.0**attempt
            try:
                answer = self._send(url, params)
            except requests.exceptions.RequestException as error:
                problem = f"does not answer ({type(error).__name__})"
                self._clock.sleep(wait)
                continue
            if answer.status_code == 200:
                return answer
            problem = f"answers {answer.status_code}"
            if answer.status_code == 401 and isinstance(self._auth, Bearer) and not renewed:
                self._auth.renew(self._session)  # a token may expire half-way
                renewed = True
            elif answer.status_code in AGAIN:
                self._clock.sleep(min(self._wished(answer) or wait, LONGEST_WAIT))
            else:
                raise _refusal(url, answer.status_code)
        raise SourceError(
            f"{url} {problem}, {ATTEMPTS} times.", remedy="Try again later, or ask the provider.", url=url
        )

    def _send(self, url: str, params: dict[str, str]) -> requests.Response:
        if isinstance(self._auth, Bearer) and not self._auth.has_token:
            self._auth.renew(self._session)
        # Not to another host on a redirect: the signature and the token are for this one.
        return self._session.get(url, params=params, auth=self._auth, timeout=self._timeout, allow_redirects=False)

    def _wished(self, answer: requests.Response) -> float | None:
        """Return the seconds of ``Retry-After``, which may be a number or a date (RFC 9110)."""
        text = answer.headers.get("Retry-After", "").strip()
        if text.isdecimal():
            return float(text)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self._clock.now()).total_seconds())


def _refusal(url: str, status: int) -> SourceError:
    if status in (403, 404):
        return NotOfferedError(
            f"{url} answers {status}.", remedy="Check `url`, and which scopes the client has.", status=status
        )
    remedies = {401: "Check `client_id`, `client_secret` and `auth` under [source]."}
    return SourceError(
        f"{url} answers {status}.",
        remedy=remedies.get(status, "Check `url` and `version` under [source]."),
        status=status,
    )
