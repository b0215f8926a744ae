"""List the three accounts of a school on the in-process portal, many times over, and print the milliseconds of one call."""

import hashlib
import json
import time

import requests

from dayzero_simulator import GradebookCloud

CALLS = 300

with GradebookCloud(token="bench", seed=1) as cloud, requests.Session() as session:
    session.headers["Authorization"] = "Bearer bench"
    session.trust_env = False  # as dayzero's client: a proxy of the environment is none of a portal in process
    school = f"{cloud.url}/v1/schools/bench"
    opening = {
        "kind": "all-data",
        "base_revision": session.get(school).json()["revision"],
        "plan_id": "p",
        "client": "bench",
    }
    sync = f"{school}/syncs/{session.post(f'{school}/syncs', json=opening).json()['sync_id']}"
    lines = [
        {"op": "create", "kind": "student", "id": str(n), "changes": {"login": [None, f"user{n}@school.example"]}}
        for n in range(3)
    ]
    part = "".join(json.dumps(line) + "\n" for line in lines).encode()
    session.put(f"{sync}/parts/1", data=part, headers={"Content-Type": "application/x-ndjson"}).raise_for_status()
    digest = hashlib.sha256(hashlib.sha256(part).hexdigest().encode()).hexdigest()
    session.post(f"{sync}/commit", json={"parts": 1, "digest": digest}).raise_for_status()
    found = 0
    for call in range(2 * CALLS):
        if call == CALLS:  # the first half is to get warm
            began = time.process_time()
        found += len(session.get(f"{school}/accounts").json()["items"])
    assert found == 6 * CALLS, found
    print(json.dumps({"ms": (time.process_time() - began) / CALLS * 1000}))
