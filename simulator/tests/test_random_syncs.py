"""Random syncs against the rules told one operation at a time: what is refused and why, and what is there afterwards.

Creates, changes, renewals, disables and enables on a handful of people who want a handful of logins, swaps and chains of them, in
parts of any cut and order; as a bulk, whose indexes are made anew, and as the few changes of a night.
"""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

import pytest

from dayzero_simulator import commit
from dayzero_simulator.operations import RECORD_KINDS, STATUSES
from dayzero_simulator.world import World

ACCOUNTS, RECORDS = ("student", "parent"), ("student-record", "course")
ELSEWHERE = {"op": "create", "kind": "student", "id": "p1", "changes": {"login": [None, "a"]}}
Key = tuple[str, str]
Operation = dict[str, Any]


class Told:
    """A school as the rules tell it: by (kind, id), an account with its status, or a record."""

    def __init__(self) -> None:
        self.there: dict[Key, dict[str, Any]] = {}

    def sync(self, operations: list[Operation]) -> dict[Key, str]:
        """Apply operations; return why which are refused."""
        refused = {_key(o): why for o in operations if (why := self._wrong(o))}
        while True:
            after = self._after([o for o in operations if _key(o) not in refused])
            taking = self._taking(after)
            if not taking:
                self.there = after
                return refused
            refused.update(dict.fromkeys(taking, "login-taken"))

    def _wrong(self, o: Operation) -> str | None:
        account = o["kind"] in ACCOUNTS
        what = "account" if account else "record"
        if (o["op"] == "create") == (_key(o) in self.there):
            return f"{what}-exists" if o["op"] == "create" else f"unknown-{what}"
        named = "login" in o["changes"]
        return "invalid-login" if account and (named or o["op"] == "create") and not _login(_fields(o)) else None

    def _after(self, operations: list[Operation]) -> dict[Key, dict[str, Any]]:
        after = dict(self.there)
        for o in operations:
            after[_key(o)] = {**after.get(_key(o), {}), **_fields(o)}
            if o["op"] == "remove":
                del after[_key(o)]
            elif o["kind"] in ACCOUNTS and o["op"] != "update":
                after[_key(o)]["status"] = "disabled" if o["op"] == "disable" else "pending"
        return after

    def _taking(self, after: dict[Key, dict[str, Any]]) -> list[Key]:
        """Return who would take a login that another account of the kind holds, or an account of a lesser id takes too."""
        holders: dict[Key, list[tuple[bool, Key]]] = {}
        for key, account in after.items():
            if key[0] in ACCOUNTS and account["status"] != "disabled":
                before = self.there.get(key, {"status": "disabled"})
                takes = before["status"] == "disabled" or _login(before) != _login(account)
                holders.setdefault((key[0], _login(account)), []).append((takes, key))
        return [key for those in holders.values() for takes, key in sorted(those)[1:] if takes]


def _key(o: Operation) -> Key:
    return o["kind"], o["id"]


def _fields(o: Operation) -> dict[str, Any]:
    return {field: after for field, (_, after) in o["changes"].items()}


def _login(account: dict[str, Any]) -> str:
    return str(account.get("login") or "").strip().casefold()


def drawn(draw: random.Random, told: Told) -> list[Operation]:
    """Return the operations of one sync; most of them fit what is there."""
    people = [f"p{n}" for n in range(draw.choice([3, 8]))]
    keys = {(draw.choice((*ACCOUNTS, *ACCOUNTS, *RECORDS)), draw.choice(people)) for _ in range(draw.randint(0, 12))}
    operations = []
    for kind, ident in sorted(keys):
        account = kind in ACCOUNTS
        op = draw.choice(("update", "renew", "enable", "disable") if account else ("update", "remove"))
        if ((kind, ident) in told.there) == (draw.random() < 0.1):
            op = "create"
        names = ("login", "given_name") if account else ("given_name",) if kind == "student-record" else ("title",)
        values = {n: draw.choice(("A", "b", "B ", "c", "")) for n in names if op == "create" or draw.random() < 0.6}
        changes = {} if op in ("disable", "remove") else {n: [None, value] for n, value in values.items()}
        operations.append({"op": op, "kind": kind, "id": ident, "changes": changes})
    if draw.random() < 0.3:
        draw.shuffle(operations)
    return operations


def opened(world: World, school: str) -> str:
    """Open a sync; return its id."""
    base = world.school(school)["revision"]
    return str(world.open_sync(school, kind="all-data", base_revision=base, plan_id="p", client="c")["sync_id"])


def sync(world: World, operations: list[Operation], draw: random.Random) -> dict[str, Any]:
    """Commit operations as a sync, in parts of any cut that come in any order."""
    cuts = sorted(draw.randint(0, len(operations)) for _ in range(draw.randint(0, 3)))
    pieces = [operations[i:j] for i, j in zip([0, *cuts], [*cuts, len(operations)], strict=True)]
    parts = dict(enumerate(("".join(json.dumps(o) + "\n" for o in piece).encode() for piece in pieces), start=1))
    sync_id = opened(world, "x")
    for number in draw.sample(sorted(parts), len(parts)):
        world.put_part("x", sync_id, number, parts[number])
    digests = "".join(hashlib.sha256(part).hexdigest() for part in parts.values())
    return world.commit("x", sync_id, parts=len(parts), digest=hashlib.sha256(digests.encode()).hexdigest())


def found(world: World) -> dict[Key, dict[str, Any]]:
    """Return what the portal has, as ``Told`` has it."""
    accounts = world.accounts("x", limit=1000)["items"]
    names = ("login", "given_name", "status")
    there = {(a["kind"], a["person_id"]): {n: a[n] for n in names if a[n] is not None} for a in accounts}
    for kind in RECORDS:
        for record in world.records("x", kind)["items"]:
            there[kind, record["id"]] = {n: v for n, v in record.items() if n != "id" and v is not None}
    return there


def numbers(told: Told) -> dict[str, dict[str, int]]:
    """Return how many there are, as the portal says it."""
    there = [(kind, fields.get("status")) for (kind, _), fields in told.there.items()]
    counts = {kind: {status: there.count((kind, status)) for status in STATUSES} for kind in ACCOUNTS}
    return {**counts, "records": {kind: there.count((kind, None)) for kind in RECORD_KINDS}}


@pytest.mark.parametrize("bulk", [0, commit.BULK], ids=["bulk", "few"])
@pytest.mark.parametrize("seed", range(12))
def test_random_syncs(seed: int, bulk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "BULK", bulk)
    draw, told, world = random.Random(seed), Told(), World(seed=seed)
    if seed % 2:  # what another school has sent waits beside it, and stays out of it
        world.put_part("elsewhere", opened(world, "elsewhere"), 1, json.dumps(ELSEWHERE).encode())
    for _ in range(25):
        operations = drawn(draw, told)
        done = sync(world, operations, draw)
        refused = told.sync(operations)
        assert {(r["kind"], r["id"]): r["reason"] for r in done["rejected"]} == refused
        assert sum(n for ops in done["applied"].values() for n in ops.values()) == len(operations) - len(refused)
        assert found(world) == told.there
        assert world.school("x")["counts"] == numbers(told)
    world.close()
