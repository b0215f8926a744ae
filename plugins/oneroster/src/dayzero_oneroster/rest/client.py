"""Ask a OneRoster service for one page: signed, patient, and with one clear error for what goes wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from dayzero.errors import SourceError
from dayzero.plugin import Clock
from dayzero_oneroster.rest.answers import announced, own_words, records_in
from dayzero_oneroster.rest.auth import OAuth2, auth_of, require_safe_url
from dayzero_oneroster.rest.manners import Manners
from dayzero_oneroster.rest.patience import patiently
from dayzero_oneroster.settings import OneRosterSettings

__all__ = ["NotOfferedError", "OneRosterClient", "Page"]

_PATHS = {"v1p1": "/ims/oneroster/v1p1", "v1p2": "/ims/oneroster/rostering/v1p2"}


class NotOfferedError(SourceError):
    """The service does not have this collection, or not for this client."""


@dataclass(frozen=True)
class Page:
    """One answer: ``records`` as JSON gave them, and ``total`` if a plausible one was said."""

    records: list[Any]
    total: int | None


class OneRosterClient:
    """One service. ``version``: ``v1p1`` or ``v1p2``. ``manners``: what was learned of it.

    ``revisions``: of the client's permissions (``x-perm-rev``), as they were said one after the other; more than one means
    that what may be read changed on the way.
    """

    def __init__(self, settings: OneRosterSettings, *, clock: Clock) -> None:
        require_safe_url("url", settings.url)
        self._clock = clock
        self._timeout = settings.timeout_seconds
        asked = {"1.1": "v1p1", "1.2": "v1p2"}.get(settings.version, "")
        named = re.search(r"/(v1p[12])/?$", urlsplit(settings.url).path)
        self.version = named.group(1) if named else asked or "v1p1"
        self.url = settings.url.rstrip("/") + ("" if named else _PATHS[self.version])
        self.manners = Manners()
        self.revisions: list[str] = []
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Accept"] = "application/json"
        self._auth = auth_of(settings, self.version, clock)
        self._secrets = (settings.client_secret, settings.token)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def page(self, collection: str, params: dict[str, str]) -> Page:
        """Return one page. Raises SourceError with the ``status``, NotOfferedError for 403 and 404."""
        answer = self._answer(f"{self.url}/{collection}", params)
        if answer.status_code == 204:
            return Page([], announced(answer, 0))
        try:
            records = records_in(answer.json(), collection)
        except ValueError:
            records = None
        if records is None:
            raise SourceError(
                f"{self.url}/{collection} answers without a list called {collection}.",
                remedy="Check `url` and `version` under [source].",
                collection=collection,
            )
        revision = answer.headers.get("x-perm-rev", "")
        if revision and revision not in self.revisions[-1:]:
            self.revisions.append(revision)
        return Page(records, announced(answer, len(records)))

    def _answer(self, url: str, params: dict[str, str]) -> requests.Response:
        answer = patiently(lambda: self._send(url, params), url, self._clock, self._secrets)
        if answer.status_code == 401 and isinstance(self._auth, OAuth2):
            self._auth.renew(self._session)  # a token may expire half-way
            answer = patiently(lambda: self._send(url, params), url, self._clock, self._secrets)
        if answer.status_code not in (200, 204):
            raise self._refusal(url, answer)
        return answer

    def _send(self, url: str, params: dict[str, str]) -> requests.Response:
        if isinstance(self._auth, OAuth2) and not self._auth.has_token:
            self._auth.renew(self._session)
        # Not to another host on a redirect: the signature and the token are for this one.
        return self._session.get(url, params=params, auth=self._auth, timeout=self._timeout, allow_redirects=False)

    def _refusal(self, url: str, answer: requests.Response) -> SourceError:
        status, words = answer.status_code, own_words(answer, self._secrets)
        said = f"{url} answers {status}" + (f": {words}" if words else ".")
        if status in (403, 404):
            return NotOfferedError(said, remedy="Check `url`, and which scopes the client has.", status=status)
        remedies = {401: "Check `client_id`, `client_secret` (or `token`) and `auth` under [source]."}
        return SourceError(
            said, remedy=remedies.get(status, "Check `url` and `version` under [source]."), status=status
        )
