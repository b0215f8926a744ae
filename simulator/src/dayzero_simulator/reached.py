"""Where this server is reached: by which names it may be asked, and what the links in its letters begin with.

A request says itself for which host it is, and anybody may write a request. So no link is made of it, and one for a name
that is not this server's is refused: a page elsewhere could have its own name point here, and read families' pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from werkzeug.wrappers import Request

from dayzero_simulator.problems import BadRequest

__all__ = ["LOOPBACK", "Reached", "is_from_here", "name_of"]

IN_PROCESS = "gradebook.example"
"""The in-process front's own name; nothing else resolves to it."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", IN_PROCESS})


class Reached:
    """``url``: what links begin with. ``names``: hosts that may be asked for, besides those of loopback and of ``url``.

    A server that listens ``everywhere`` may be asked for by any bare address too: nobody can have a name point to that.
    """

    def __init__(
        self, url: str = f"https://{IN_PROCESS}", names: Iterable[str] = (), *, everywhere: bool = False
    ) -> None:
        self.url = url
        self._names = frozenset(name.casefold() for name in names)
        self._everywhere = everywhere

    def require(self, request: Request) -> None:
        """Raise BadRequest for a request that is for somebody else."""
        name = name_of(request)
        known = name in LOOPBACK | self._names or name == urlsplit(self.url).hostname
        if not known and not (self._everywhere and _is_address(name)):
            raise BadRequest("this server has no such name: --public-url and --allow-host say which it has")

    def by_tls(self, request: Request) -> bool:
        """Say whether the browser speaks TLS, to this server or to one before it that has its public name."""
        public = urlsplit(self.url)
        return request.is_secure or (public.scheme == "https" and name_of(request) == public.hostname)


def name_of(request: Request) -> str:
    """Return the host that a request is for, without its port."""
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:  # a bracket that is not closed
        return ""


def is_from_here(request: Request) -> bool:
    """Say whether a request comes from this machine and for it, and was not passed on by a proxy for another."""
    passed_on = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))
    return not passed_on and name_of(request) in LOOPBACK and _is_loopback(request.remote_addr or "")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(address: str) -> bool:
    return _is_address(address) and ip_address(address).is_loopback
