"""Visit each page of the Sync Manager of a school that was synced, in process, and print the 95th percentile of each in milliseconds.

What a page looks at is worked out on its first visit, which is not counted: that costs what a plan costs, and is measured as such.
"""

import json
import os
import re
import statistics
import sys
import time
from pathlib import Path

from dayzero_manager.app import create_app
from dayzero_manager.office import Office

VISITS = 40
FOR_EVER = 3_600.0

office = Office(Path(sys.argv[1]), environ=os.environ, patience=FOR_EVER)
other = "no" if office.config.sync.send_scheduling_year else "yes"
app, door = create_app(office)
client = app.test_client()
client.get("/" + door.link("full").split("/", 3)[3])
run_id = office.service().history(1)[0].run_id
home = client.get("/people").text
csrf = re.findall(r'name="csrf" value="([^"]+)"', home)[0]
person = re.findall(r'href="(/person\?[^"]+)"', home)[0].replace("&amp;", "&")
pages = {
    "home": "/",
    "settings": "/settings",
    "plan": "/plan",
    "what_if": f"/plan?setting={other}",
    "narrowed": f"/plan?setting={other}&kind=parent",
    "holds": "/holds",
    "people": "/people",
    "person": person,
    "fix": "/fix",
    "history": "/history",
    "run": f"/history/run?id={run_id}",
    "undo": f"/history/undo?id={run_id}",
    "forecast": "/forecast",
    "check": "/check",
    "report": "/report",
}
found: dict[str, float] = {}


def visited(name: str, address: str) -> None:
    """Visit a page so often, and keep how long it took."""
    seconds = []
    for _ in range(VISITS + 1):
        began = time.perf_counter()
        answer = client.get(address)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, (name, answer.status_code)
    found[name] = statistics.quantiles(seconds[1:], n=20)[-1] * 1000


for name, address in pages.items():
    visited(name, address)
client.post("/people/find", data={"csrf": csrf, "q": "an er"})
visited("found", "/people")
print(json.dumps(found))
