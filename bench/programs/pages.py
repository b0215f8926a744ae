"""Visit Manage Accounts on a portal's state in process, and print the 95th percentile of each page in milliseconds."""

import json
import statistics
import sys
import time
from pathlib import Path

from dayzero_simulator import GradebookCloud

VISITS = 40
PAGES = {
    "first": "/manage/{tab}",
    "by_login": "/manage/{tab}?sort=login",
    "pending": "/manage/{tab}?status=not-active",
    "name": "/manage/{tab}?search={family_name}",
    "two_words": "/manage/{tab}?search={given_name}+{family_name}",
    "grade": "/manage/parents?grade=12",
}

state, school = Path(sys.argv[1]), sys.argv[2]
cloud = GradebookCloud(state, token="bench", admin_password="Admin-pass1")
some = {tab: cloud.world.accounts(school, kind=tab.removesuffix("s"))["items"] for tab in ("students", "parents")}
client = cloud.app.test_client()
csrf = client.get(f"/portal/{school}/").text.split('name="csrf" value="')[1].split('"')[0]
client.post(f"/portal/{school}/", data={"csrf": csrf, "login": "plusportaladmin", "password": "Admin-pass1"})
found = {}
for name, path in PAGES.items():
    seconds = []
    for visit in range(VISITS + 1):
        tab = ("parents", "students")[visit % 2]
        person = some[tab][visit * 13 % len(some[tab])]
        address = f"/portal/{school}{path.format(tab=tab, **person)}"
        began = time.perf_counter()
        answer = client.get(address)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.status_code
    found[name] = (
        statistics.quantiles(seconds[1:], n=20)[-1] * 1000
    )  # the first visit after a sync sorts what it brought
cloud.world.close()
print(json.dumps(found))
