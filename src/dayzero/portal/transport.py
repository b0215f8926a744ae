"""One HTTP session: token, retries with back-off by the injected clock, and every failure as one clear error."""

from __future__ import annotations

import random
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from dayzero.clock import Clock, Deadline
from dayzero.config import PortalSettings
from dayzero.errors import PortalError, PortalUnavailableError
from dayzero.portal.http_errors import AGAIN, ATTEMPTS, error_of
from dayzero.portal.timely import timely_pools
from dayzero.portal.trust import trusting

TIDYING_SECONDS = 10.0
"""So long a run may still take back what it opened, once its own time is used up."""


class _NoTimeLeft(urllib3.exceptions.HTTPError):
    """The run ends before it would be worth asking again."""


class _Patient(Retry):
    """urllib3's Retry, sleeping by a clock that can be handed in, with jitter, and never beyond the run's end."""

    clock: Clock
    rng: random.Random
    run: Deadline

    def new(self, **kw: Any) -> _Patient:
        retry = super().new(**kw)
        retry.clock, retry.rng, retry.run = self.clock, self.rng, self.run
        return retry

    def increment(self, *args: Any, **kwargs: Any) -> _Patient:
        """Count one try. A certificate that is not trusted, and a run whose time is used up, get no other."""
        error = kwargs.get("error")
        if error is not None and (_not_trusted(error) or self.run.over):
            raise error
        return super().increment(*args, **kwargs)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        wished = self.get_retry_after(response) if response is not None and self.respect_retry_after_header else None
        backoff = self.get_backoff_time() * (0.5 + self.rng.random() / 2)
        wait = min(wished, 60.0) if wished else backoff
        if wait >= self.run.left:
            raise _NoTimeLeft
        self.clock.sleep(wait)


def patient(clock: Clock, rng: random.Random, run: Deadline) -> Retry:
    """Return the retry policy of a session."""
    retry = _Patient(
        total=ATTEMPTS, backoff_factor=0.5, status_forcelist=AGAIN, allowed_methods=None, raise_on_status=False
    )
    retry.clock, retry.rng, retry.run = clock, rng, run
    return retry


class _Adapter(HTTPAdapter):
    """Requests' adapter over pools of ours; trust is a matter of the TLS context alone, whoever stands between."""

    def __init__(
        self, pools: dict[str, type[HTTPConnectionPool]], context: ssl.SSLContext | None, max_retries: Retry
    ) -> None:
        self._pools, self._context = pools, context
        super().__init__(max_retries=max_retries)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, proxy_ssl_context=self._context, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002 - requests' signature
        conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None


class Transport:
    """Sends requests to one portal and turns what goes wrong into ``PortalError``; the token is in none of them.

    ``run``: until when all of it must have ended.
    """

    def __init__(self, settings: PortalSettings, *, clock: Clock, rng: random.Random, run: Deadline) -> None:
        self.url = settings.url.rstrip("/")
        self._settings, self._clock, self._rng, self._run = settings, clock, rng, run
        self._context = trusting(settings.ca_file) if self.url.lower().startswith("https:") else None
        self._session = self._opened(run)

    def _opened(self, run: Deadline) -> requests.Session:
        session = requests.Session()
        pools = timely_pools(self._clock, self._settings.timeout_seconds, run)
        adapter = _Adapter(pools, self._context, patient(self._clock, self._rng, run))
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.headers.update({"Authorization": f"Bearer {self._settings.token}", "Accept": "application/json"})
        session.trust_env = False
        if self._settings.proxy:
            session.proxies = {"https": self._settings.proxy}
        return session

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @contextmanager
    def tidying(self) -> Iterator[None]:
        """Send what takes something back, though the run's time be used up."""
        before = self._session, self._run
        if self._run.left < TIDYING_SECONDS:
            self._run = Deadline(self._clock, TIDYING_SECONDS)
            self._session = self._opened(self._run)
        try:
            yield
        finally:
            if self._session is not before[0]:
                self._session.close()
            self._session, self._run = before

    def send(
        self, method: str, path: str, *, expect: tuple[int, ...] = (200, 201, 204), **kwargs: Any
    ) -> requests.Response:
        """Send one request; return the answer if its status is expected, else raise a PortalError."""
        if self._run.over:
            self._out_of_time()
        try:
            answer = self._session.request(
                method, self.url + path, timeout=self._settings.timeout_seconds, allow_redirects=False, **kwargs
            )
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
            self._failed(error)
        if answer.status_code in expect:
            return answer
        raise error_of(answer, self.url)

    def _failed(self, error: Exception) -> NoReturn:
        """Raise what it means that there was no answer."""
        if self._run.over or isinstance(error, _NoTimeLeft):
            self._out_of_time(error)
        if isinstance(error, requests.exceptions.SSLError) and _not_trusted(error):
            raise PortalError(
                f"{self.url} has no certificate this machine trusts ({_not_trusted(error)}).",
                remedy="Check the address. For a school's own authority: [portal] ca_file, REQUESTS_CA_BUNDLE or "
                "SSL_CERT_FILE name its certificate, or install it on this machine.",
            ) from error
        if isinstance(error, requests.exceptions.ProxyError):
            raise PortalUnavailableError(
                f"The proxy {_host_of(self._settings.proxy)} does not lead to {self.url}.",
                remedy="Check [portal] proxy: its address, and the user and password it wants.",
            ) from error
        raise PortalUnavailableError(
            f"No answer from {self.url} ({type(error).__name__}).",
            remedy="Check that the portal runs and the address is right; then try again. A proxy that must be used is "
            "named by [portal] proxy.",
        ) from error

    def _out_of_time(self, error: Exception | None = None) -> NoReturn:
        raise PortalUnavailableError(
            f"The {self._run.seconds:g} seconds of [schedule] max_seconds are used up, and {self.url} has not answered all.",
            remedy="Run again when the portal is faster, or allow more time.",
        ) from error


def _not_trusted(error: BaseException) -> str:
    """Return why a certificate is not trusted, empty where an error says something else."""
    seen: list[BaseException] = []
    within: Any = error
    while isinstance(within, BaseException) and within not in seen:
        if isinstance(within, ssl.SSLCertVerificationError):
            return str(getattr(within, "verify_message", "") or "it could not be verified")
        seen.append(within)
        within = getattr(within, "reason", None) or next(iter(within.args), None)
    return ""


def _host_of(proxy: str) -> str:
    """Return a proxy's address without user and password."""
    return urlsplit(proxy).netloc.rpartition("@")[2] or "of [portal] proxy"
