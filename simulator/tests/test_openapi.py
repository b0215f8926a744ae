"""``openapi.yaml`` is the contract: valid, complete, and what the server answers fits it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
import yaml
from openapi_spec_validator import validate

from dayzero_simulator import GradebookCloud, create_app
from dayzero_simulator.world import World

DOCUMENT: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "openapi.yaml").read_text(encoding="utf-8"))
METHODS = {"get", "put", "post", "delete"}


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


def test_every_route_is_in_it_and_the_other_way_round() -> None:
    described = {
        (item["operationId"], method.upper(), path)
        for path, items in DOCUMENT["paths"].items()
        for method, item in items.items()
        if method in METHODS
    }
    world = World()
    app = create_app(world, token="t")
    routed = {
        (rule.endpoint, method, re.sub(r"<(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    world.close()
    assert routed == described


def fits(name: str, answer: requests.Response) -> dict[str, Any]:
    document = dict(answer.json())
    jsonschema.validate(document, {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})
    return document


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_answers_fit_their_schemas(gradebook_cloud: GradebookCloud) -> None:
    headers = {"Authorization": f"Bearer {gradebook_cloud.token}"}
    base = f"{gradebook_cloud.url}/v1/schools/s"
    school = fits("School", requests.get(base, headers=headers, timeout=5))
    body = {"kind": "all-data", "base_revision": school["revision"], "plan_id": "p", "client": "c"}
    sync = fits("Sync", requests.post(f"{base}/syncs", json=body, headers=headers, timeout=5))
    fits("Problem", requests.post(f"{base}/syncs", json=body, headers=headers, timeout=5))
    line = {"op": "create", "kind": "student", "id": "1", "changes": {"login": [None, "a"]}}
    bad = {"op": "update", "kind": "student", "id": "2", "changes": {}}
    part = requests.put(
        f"{base}/syncs/{sync['sync_id']}/parts/1",
        data=f"{json.dumps(line)}\n{json.dumps(bad)}\n",
        headers=headers | {"Content-Type": "application/x-ndjson"},
        timeout=5,
    )
    digest = hashlib.sha256(fits("Part", part)["digest"].encode()).hexdigest()
    fits(
        "Committed",
        requests.post(
            f"{base}/syncs/{sync['sync_id']}/commit", json={"parts": 1, "digest": digest}, headers=headers, timeout=5
        ),
    )
    fits("Sync", requests.get(f"{base}/syncs/{sync['sync_id']}", headers=headers, timeout=5))
    fits("AccountPage", requests.get(f"{base}/accounts", headers=headers, timeout=5))
    pages = ("students", "StudentRecord"), ("school-years", "SchoolYear"), ("courses", "Course"), ("syncs", "Sync")
    for path, items in (*pages, ("course-requests", "CourseRequest")):
        fits(f"{items}Page", requests.get(f"{base}/{path}", headers=headers, timeout=5))
