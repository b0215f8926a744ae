"""OAuth 2 client credentials and OAuth 1.0a, as the specification asks for them; no secret is in any message."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from dayzero.errors import ConfigurationError, SourceError
from dayzero_oneroster.settings import OneRosterSettings

__all__ = ["Bearer", "auth_of", "require_safe_url"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SCOPE = "https://purl.imsglobal.org/spec/or/{version}/scope/{part}.readonly"
_PARTS = ("roster-core", "roster-demographics")


class Bearer(AuthBase):
    """Sign with a token; ``renew`` fetches another one."""

    def __init__(self, settings: OneRosterSettings, version: str) -> None:
        self._settings = settings
        scopes = settings.scopes or [_SCOPE.format(version=version, part=part) for part in _PARTS]
        self._form = {"grant_type": "client_credentials", "scope": " ".join(scopes)}
        self._token = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into the request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    @property
    def has_token(self) -> bool:
        """Whether there is a token yet."""
        return bool(self._token)

    def renew(self, session: requests.Session) -> None:
        """Fetch a token. Raises SourceError."""
        url, settings = self._settings.token_url, self._settings
        client = (settings.client_id, settings.client_secret)
        status: object = None
        try:
            answer = session.post(
                url, data=self._form, auth=client, timeout=settings.timeout_seconds, allow_redirects=False
            )
            status = answer.status_code
            token = answer.json()["access_token"] if status == 200 else ""
        except requests.exceptions.RequestException as error:
            status, token = type(error).__name__, ""
        except (KeyError, TypeError):
            token = ""
        if not token or not isinstance(token, str):
            raise SourceError(
                f"{url} gave no token ({status}).",
                remedy="Check `token_url`, `client_id`, `client_secret` and `scopes` under [source].",
                status=status,
            )
        self._token = token


def auth_of(settings: OneRosterSettings, version: str) -> AuthBase:
    """Return what signs requests. Raises ConfigurationError where the settings do not suffice."""
    if not settings.client_id or not settings.client_secret:
        raise ConfigurationError(
            "[source] needs `client_id` and `client_secret` (with OAuth 1.0a: the consumer's key and secret).",
            remedy='For example client_secret = { env = "ONEROSTER_SECRET" }.',
        )
    if settings.auth == "oauth1":
        return OAuth1(settings.client_id, settings.client_secret, signature_method=settings.signature)
    if not settings.token_url:
        raise ConfigurationError(
            "[source] needs `token_url` for OAuth 2.",
            remedy='It is in the provider\'s documentation; or auth = "oauth1".',
        )
    require_safe_url("token_url", settings.token_url)
    return Bearer(settings, version)


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
