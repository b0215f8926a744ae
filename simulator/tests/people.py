"""The served fronts, and people with browsers of their own who all come at once."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests
from oak import SCHOOL

from dayzero_simulator import GradebookCloud
from dayzero_simulator.serving import listening, made, url_of


@contextmanager
def on_waitress(cloud: GradebookCloud) -> Iterator[str]:
    """Serve as ``dayzero simulator serve`` does."""
    with listening("127.0.0.1", 0) as bound:
        server = made(cloud.app, bound)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield url_of(bound)
        finally:
            with suppress(OSError):  # it may have closed before it was woken
                server.trigger.pull_trigger(server.close)
            thread.join(timeout=10)
            server.task_dispatcher.shutdown()


FRONTS = {"served": GradebookCloud.serve, "waitress": on_waitress}


class Visitor:
    """Somebody with a browser of their own at a served portal."""

    def __init__(self, url: str) -> None:
        self.client = requests.Session()
        self.base = f"{url}/portal/{SCHOOL}"

    def get(self, path: str) -> requests.Response:
        """Open a page."""
        return self.client.get(self.base + path, timeout=30)

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of a page, as its forms carry them."""
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.get(path).text)
        return {name: html.unescape(value) for name, value in found}

    def post(self, path: str, form: dict[str, Any] | None = None, **fields: Any) -> requests.Response:
        """Send a form, by default the one that is on the page now."""
        return self.client.post(self.base + path, data={**(form or self.form(path)), **fields}, timeout=30)

    def sign_in(self, login: str, password: str) -> requests.Response:
        """Sign in."""
        return self.post("/", login=login, password=password)


def at_once(*doings: Callable[[], Any]) -> list[Any]:
    """Let everybody do something at the same moment; return what came of each."""
    ready, came = threading.Barrier(len(doings)), [None] * len(doings)

    def do(n: int, doing: Callable[[], Any]) -> None:
        ready.wait()
        came[n] = doing()

    threads = [threading.Thread(target=do, args=each) for each in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came
