"""Serve Manage Accounts of a school of some size, in its own process, and print the 95th percentile of each page."""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
import time

PAGES = {
    "first page": "/manage/{tab}",
    "by login": "/manage/{tab}?sort=login",
    "pending only": "/manage/{tab}?status=not-active",
    "search a name": "/manage/{tab}?search=name{n}",
    "search two words": "/manage/{tab}?search=given{m}+name{n}",
    "a child's grade": "/manage/parents?grade=12",
}


def _fill(cloud: object, students: int, parents: int) -> None:
    """Commit that many accounts; every parent has one or two children."""
    world = cloud.world  # type: ignore[attr-defined]
    operations = []
    for n in range(students):
        names = {"given_name": [None, f"Given{n % 997}"], "family_name": [None, f"Name{n}"]}
        grade = {"grade_level": [None, str(9 + n % 4)], "years": [None, ["active"]]}
        operations.append({"op": "create", "kind": "student-record", "id": f"s{n}", "changes": {**names, **grade}})
        login = {"login": [None, f"s{n}@school.example"], "new": [None, False]}
        operations.append({"op": "create", "kind": "student", "id": f"s{n}", "changes": {**names, **grade, **login}})
    for n in range(parents):
        names = {"given_name": [None, f"Given{n % 991}"], "family_name": [None, f"Name{n}"]}
        children = sorted({f"s{n % students}", f"s{n * 7 % students}"})
        fields = {"login": [None, f"p{n}@home.test"], "years": [None, ["active"]], "new": [None, False]}
        changes = {**names, **fields, "children": [None, children]}
        operations.append({"op": "create", "kind": "parent", "id": f"p{n}", "changes": changes})
    base = world.school("big")["revision"]
    sync_id = world.open_sync("big", kind="all-data", base_revision=base, plan_id="b", client="bench")["sync_id"]
    digests = []
    for number, start in enumerate(range(0, len(operations), 20_000), start=1):
        body = "".join(json.dumps(o) + "\n" for o in operations[start : start + 20_000]).encode()
        world.put_part("big", sync_id, number, body)
        digests.append(hashlib.sha256(body).hexdigest())
    digest = hashlib.sha256("".join(digests).encode()).hexdigest()
    world.commit("big", sync_id, parts=len(digests), digest=digest)


def _percentile(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def measure(students: int, parents: int, runs: int) -> dict[str, float]:
    """Return the 95th percentile of each page in seconds, in process, after one warm-up."""
    from dayzero_simulator import GradebookCloud

    cloud = GradebookCloud(token="bench", admin_password="Admin-pass1", seed=1)
    _fill(cloud, students, parents)
    client = cloud.app.test_client()
    text = client.get("/portal/big/").text
    csrf = text.split('name="csrf" value="')[1].split('"')[0]
    client.post("/portal/big/", data={"csrf": csrf, "login": "plusportaladmin", "password": "Admin-pass1"})
    found = {}
    for name, path in PAGES.items():
        seconds = []
        for run in range(runs + 1):
            address = path.format(tab="students" if run % 2 else "parents", n=run * 13 % students, m=run * 13 % 991)
            start = time.perf_counter()
            answer = client.get(f"/portal/big{address}")
            seconds.append(time.perf_counter() - start)
            assert answer.status_code == 200, answer.status_code
        found[name] = _percentile(seconds[1:])
    cloud.world.close()
    return found


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
