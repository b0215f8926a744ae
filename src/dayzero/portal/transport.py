"""One HTTP session: token, retries with back-off by the injected clock, and every failure as one clear error."""

from __future__ import annotations

import random
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from dayzero.clock import Clock
from dayzero.config import PortalSettings
from dayzero.errors import PortalError, PortalUnavailableError
from dayzero.portal.http_errors import AGAIN, ATTEMPTS, error_of


class _Patient(Retry):
    """urllib3's Retry, sleeping by a clock that can be handed in, with jitter."""

    clock: Clock
    rng: random.Random

    def new(self, **kw: Any) -> _Patient:
        retry = super().new(**kw)
        retry.clock, retry.rng = self.clock, self.rng
        return retry

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        wished = self.get_retry_after(response) if response is not None and self.respect_retry_after_header else None
        backoff = self.get_backoff_time() * (0.5 + self.rng.random() / 2)
        self.clock.sleep(min(wished, 60.0) if wished else backoff)


def patient(clock: Clock, rng: random.Random) -> Retry:
    """Return the retry policy of a session."""
    retry = _Patient(
        total=ATTEMPTS, backoff_factor=0.5, status_forcelist=AGAIN, allowed_methods=None, raise_on_status=False
    )
    retry.clock, retry.rng = clock, rng
    return retry


class Transport:
    """Sends requests to one portal and turns what goes wrong into ``PortalError``; the token is in none of them."""

    def __init__(self, settings: PortalSettings, *, clock: Clock, rng: random.Random) -> None:
        self.url = settings.url.rstrip("/")
        self._timeout = settings.timeout_seconds
        self._session = requests.Session()
        adapter = HTTPAdapter(max_retries=patient(clock, rng))
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._session.headers.update({"Authorization": f"Bearer {settings.token}", "Accept": "application/json"})
        self._session.trust_env = False

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def send(
        self, method: str, path: str, *, expect: tuple[int, ...] = (200, 201, 204), **kwargs: Any
    ) -> requests.Response:
        """Send one request; return the answer if its status is expected, else raise a PortalError."""
        try:
            answer = self._session.request(
                method, self.url + path, timeout=self._timeout, allow_redirects=False, **kwargs
            )
        except requests.exceptions.SSLError as error:
            raise PortalError(
                f"{self.url} has no certificate this machine trusts.",
                remedy="Check the address, or install the school's certificate authority.",
            ) from error
        except (requests.exceptions.RequestException, UnicodeError) as error:
            raise PortalUnavailableError(
                f"No answer from {self.url} ({type(error).__name__}).",
                remedy="Check that the portal runs and the address is right; then try again.",
            ) from error
        if answer.status_code in expect:
            return answer
        raise error_of(answer, self.url)
