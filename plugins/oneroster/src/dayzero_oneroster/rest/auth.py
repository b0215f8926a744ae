"""OAuth 2 client credentials, OAuth 1.0a, and a token that never changes; no secret is in any message."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from dayzero.errors import ConfigurationError, SourceError
from dayzero.plugin import Clock
from dayzero_oneroster.rest.answers import own_words
from dayzero_oneroster.rest.patience import patiently
from dayzero_oneroster.settings import OneRosterSettings

__all__ = ["Bearer", "OAuth2", "auth_of", "require_safe_url"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SCOPE = "https://purl.imsglobal.org/spec/or/{version}/scope/{part}.readonly"
_PARTS = ("roster-core", "roster-demographics")
_REFUSALS = (400, 401, 403, 415, 422)
"""Answers that another way of asking may turn."""


class Bearer(AuthBase):
    """Sign with a token that never changes."""

    def __init__(self, token: str) -> None:
        self._token = token.strip()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into the request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class OAuth2(AuthBase):
    """Sign with a token that is asked for; ``renew`` fetches another one.

    How it must be asked for is learned: with the credentials in the header or in the body, with scopes or without.
    """

    def __init__(self, settings: OneRosterSettings, version: str, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        scopes = settings.scopes or [_SCOPE.format(version=version, part=part) for part in _PARTS]
        self._scope = " ".join(scopes).strip()
        ways = [
            (in_body, scoped) for scoped in ((True, False) if self._scope else (False,)) for in_body in (False, True)
        ]
        self._ways = ways
        self._token = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into the request."""
        return Bearer(self._token)(request)

    @property
    def has_token(self) -> bool:
        """Whether there is a token yet."""
        return bool(self._token)

    def renew(self, session: requests.Session) -> None:
        """Fetch a token. Raises SourceError, which says what the endpoint first said."""
        refused: requests.Response | None = None
        for way in self._ways:
            answer = patiently(
                partial(self._asked, session, *way), self._settings.token_url, self._clock, self._secrets
            )
            token = _token_in(answer)
            if token:
                self._ways, self._token = [way], token
                return
            refused = refused or answer
            if answer.status_code not in _REFUSALS:
                break
        assert refused is not None  # noqa: S101 - there is always one way
        words = own_words(refused, self._secrets)
        raise SourceError(
            f"{self._settings.token_url} gave no token ({refused.status_code}{': ' + words if words else ''}).",
            remedy="Check `token_url`, `client_id`, `client_secret` and `scopes` under [source].",
            status=refused.status_code,
        )

    def _asked(self, session: requests.Session, in_body: bool, scoped: bool) -> requests.Response:
        settings = self._settings
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if scoped else {})
        client = {"client_id": settings.client_id, "client_secret": settings.client_secret}
        return session.post(
            settings.token_url,
            data=form | (client if in_body else {}),
            auth=None if in_body else (settings.client_id, settings.client_secret),
            timeout=settings.timeout_seconds,
            allow_redirects=False,
        )

    @property
    def _secrets(self) -> tuple[str, ...]:
        return (self._settings.client_secret, self._token)


def _token_in(answer: requests.Response) -> str:
    """Return the token of an answer, nothing where there is none."""
    try:
        token = answer.json()["access_token"] if answer.status_code in (200, 201) else ""
    except (ValueError, KeyError, TypeError):
        token = ""
    return token if isinstance(token, str) else ""


def auth_of(settings: OneRosterSettings, version: str, clock: Clock) -> AuthBase:
    """Return what signs requests. Raises ConfigurationError where the settings do not suffice."""
    if settings.auth == "bearer":
        if not settings.token:
            raise ConfigurationError(
                "[source] needs `token` where auth is bearer.",
                remedy='For example token = { env = "ONEROSTER_TOKEN" }.',
            )
        return Bearer(settings.token)
    if not settings.client_id or not settings.client_secret:
        raise ConfigurationError(
            "[source] needs `client_id` and `client_secret` (with OAuth 1.0a: the consumer's key and secret).",
            remedy='For example client_secret = { env = "ONEROSTER_SECRET" }; or auth = "bearer" with a `token`.',
        )
    if settings.auth == "oauth1":
        return OAuth1(settings.client_id, settings.client_secret, signature_method=settings.signature)
    if not settings.token_url:
        raise ConfigurationError(
            "[source] needs `token_url` for OAuth 2.",
            remedy='It is in the provider\'s documentation; or auth = "oauth1".',
        )
    require_safe_url("token_url", settings.token_url)
    return OAuth2(settings, version, clock)


def require_safe_url(setting: str, url: str) -> None:
    """Refuse what would send a secret or children's data unencrypted over a network."""
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or not parts.hostname or parts.username or parts.password:
        raise ConfigurationError(
            f"[source] {setting}: {parts.hostname or 'this'} is no https address.",
            remedy="Give https://HOST/..., without user or password.",
            key=f"source.{setting}",
        )
