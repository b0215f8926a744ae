"""The client on the wire: what is asked again, what is waited for, and what is said when it is of no use."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl
import pytest

from dayzero.config import PortalSettings
from dayzero.errors import PortalConflictError, PortalError, PortalUnavailableError
from dayzero.portal.client import CommitResult, GradebookCloudClient
from dayzero.portal.transport import ATTEMPTS
from dayzero_simulator import GradebookCloud

SCHOOL = "wire"
CHANGES = '{"family_name":[null,"Ng"],"login":[null,"ada%s"],"years":[null,["active"]]}'
OPERATIONS = pl.DataFrame({"op": "create", "kind": "student", "id": f"s{n}", "changes": CHANGES % n} for n in range(5))


@dataclass
class Watch:
    """A clock that stands still and remembers how long somebody wanted to wait."""

    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2027, 3, 1, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def send(client: GradebookCloudClient, plan_id: str, base: str) -> CommitResult:
    """Send the operations as one sync, verb by verb."""
    parts = list(client.parts(OPERATIONS))
    digests = [part.digest for part in parts]
    sync = client.open(plan_id, base, digests)
    for part in parts:
        client.put(sync.sync_id, part)
    return client.commit(sync.sync_id, digests)


@dataclass
class Wire:
    """A served cloud and a client of it, two operations to a part."""

    cloud: GradebookCloud
    url: str
    watch: Watch

    def client(self, token: str = "t", name: str = "here", url: str = "") -> GradebookCloudClient:
        settings = PortalSettings(url=url or self.url, token=token, part_size=2, timeout_seconds=5)
        return GradebookCloudClient(settings, SCHOOL, clock=self.watch, client=name, rng=random.Random(1))

    def apply(self) -> CommitResult:
        with self.client() as client:
            return send(client, "p1", client.school().revision)

    def people(self) -> set[str]:
        return {a["person_id"] for a in self.cloud.accounts(SCHOOL)}


@pytest.fixture
def wire() -> Iterator[Wire]:
    cloud = GradebookCloud(token="t", seed=1)
    with cloud.serve() as url:
        yield Wire(cloud, url, Watch())


@pytest.mark.parametrize("operation", ["getSchool", "openSync", "putPart", "commitSync"])
@pytest.mark.parametrize("effect", ["drop", "lost-reply", "status"])
def test_what_went_wrong_once_is_asked_again_and_done_once(wire: Wire, operation: str, effect: str) -> None:
    wire.cloud.fault(operation=operation, effect=effect)
    result = wire.apply()
    assert result.applied["student"]["create"] == 5
    assert wire.people() == {f"s{n}" for n in range(5)}
    assert wire.watch.waits


def test_retry_after_is_heeded_and_bounded(wire: Wire) -> None:
    wire.cloud.fault(operation="putPart", status=429, retry_after=7, times=1)
    wire.cloud.fault(operation="putPart", status=503, retry_after=86_400, times=1)
    wire.apply()
    assert wire.watch.waits == [7, 60]


def test_waiting_grows_and_ends(wire: Wire) -> None:
    wire.cloud.fault(operation="getSchool", effect="drop", times=None)
    with wire.client() as client, pytest.raises(PortalUnavailableError, match="No answer"):
        client.school()
    assert len(wire.watch.waits) == ATTEMPTS
    assert wire.watch.waits[-1] > wire.watch.waits[1] >= 0


def test_somebody_elses_open_sync_is_respected_and_our_own_is_abandoned(wire: Wire) -> None:
    with wire.client(name="elsewhere") as other:
        base = other.school().revision
        other.open("p0", base, [part.digest for part in other.parts(OPERATIONS)])
        with pytest.raises(PortalConflictError, match="elsewhere"):
            wire.apply()
        with wire.client(name="elsewhere") as again:
            send(again, "p1", base)
    assert len(wire.people()) == 5


@pytest.mark.parametrize(
    ("token", "url", "says"),
    [("wrong", "", "does not accept the token"), ("t", "http://127.0.0.1:9", "No answer from")],
)
def test_refusals_say_what_to_do_and_never_the_token(wire: Wire, token: str, url: str, says: str) -> None:
    with wire.client(token=token, url=url) as client, pytest.raises(PortalError, match=says) as caught:
        client.school()
    assert caught.value.remedy
    assert "wrong" not in str(caught.value)


def test_the_environments_proxies_are_not_used(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token for the portal must not travel through whatever a shell happens to name."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with wire.client() as client:
        assert client.school().revision
