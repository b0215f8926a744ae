"""A simulated Gradebook Cloud for tests: in process through ``responses``, or served on loopback."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from dayzero_simulator.app import create_app
from dayzero_simulator.faults import FaultScript
from dayzero_simulator.fronts import IN_PROCESS_URL, in_process, served
from dayzero_simulator.portal import directory
from dayzero_simulator.portal.outbox import login_details
from dayzero_simulator.world import World

__all__ = ["GradebookCloud"]


class GradebookCloud:
    """One simulated server. ``with GradebookCloud() as cloud:`` runs it in process; ``cloud.serve()`` on a socket.

    In process a single matcher is registered for ``cloud.url``; every other address fails, so nothing strays.
    ``now``, ``seed`` and ``sleep`` make it deterministic.
    """

    def __init__(
        self,
        path: Path | str = ":memory:",
        *,
        token: str | None = None,
        admin_password: str | None = None,
        now: Callable[[], datetime] | None = None,
        seed: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.world = World(path, now=now, seed=seed)
        self.token = token or secrets.token_urlsafe(24)
        self.admin_password = admin_password or secrets.token_urlsafe(12)
        self.url = IN_PROCESS_URL
        self._faults = FaultScript()
        self.app = create_app(
            self.world, token=self.token, admin_password=self.admin_password, faults=self._faults, sleep=sleep
        )
        self._entered = ExitStack()

    def __enter__(self) -> GradebookCloud:
        self._entered.enter_context(in_process(self.app))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.close()

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serve the same app on 127.0.0.1 in a thread; yield the address, which is also ``url`` meanwhile."""
        before = self.url
        try:
            with served(self.app, port) as self.url:
                yield self.url
        finally:
            self.url = before

    def fault(self, operation: str = "*", effect: str = "status", **parameters: Any) -> None:
        """Script a fault; see ``dayzero_simulator.faults.Fault``."""
        self._faults.add(operation=operation, effect=effect, **parameters)

    def accounts(self, school: str) -> list[dict[str, Any]]:
        """Return all accounts of a school, as the API would list them."""
        items: list[dict[str, Any]] = self.world.accounts(school, limit=2**62)["items"]
        return items

    def login_details(self, school: str, kind: str, person_id: str) -> tuple[str, str | None]:
        """Give somebody Login Details, as an admin would; return login and temporary password (None: they have their own)."""
        with self.world.writing() as db:
            person = directory.person(db, school, kind, person_id)
            if person is None:
                raise KeyError(f"{school} has no {kind} {person_id}")
            address = f"{self.url}/portal/{school}/"
            login_details(db, school, address, [person], "print", rng=self.world.rng, now=self.world.now())
            given = directory.person(db, school, kind, person_id) or person
        return given["login"], given["temporary"]

    def syncs(self, school: str) -> list[dict[str, Any]]:
        """Return all syncs of a school, oldest first."""
        items: list[dict[str, Any]] = self.world.syncs(school, limit=2**62)["items"]
        return items

    @property
    def requests(self) -> deque[dict[str, Any]]:
        """The latest requests, ``dayzero_simulator.app.REQUESTS_KEPT`` of them: operation, method, path, status."""
        log: deque[dict[str, Any]] = self.app.extensions["dayzero"]["log"]
        return log
