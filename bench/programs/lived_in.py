"""Make a demo whose portal is lived in, visit its pages in process, and print the 95th percentile of each in milliseconds."""

import json
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from dayzero_fixtures.demo import SCHOOL_ID, grown_for, run_demo
from dayzero_fixtures.demo_home import Home
from dayzero_fixtures.school_clock import SchoolClock
from dayzero_simulator import GradebookCloud

VISITS = 40
PASSWORD = "Admin-pass1"

found: dict[str, float] = {}
with tempfile.TemporaryDirectory() as name:
    home = Home(Path(name) / "demo")
    home.enter()
    school = home.school_in_it(lambda: grown_for(int(sys.argv[1]), 7, "plain", bare=False))[0]
    clock = SchoolClock(school.today, home.day, lambda: 0.0)
    with GradebookCloud(token="t", admin_password=PASSWORD, now=clock.now) as cloud:
        run_demo(school, home, cloud, clock)
        client = cloud.app.test_client()
        portal = f"/portal/{SCHOOL_ID}"
        csrf = re.findall(r'name="csrf" value="([^"]+)"', client.get(f"{portal}/").text)[0]
        client.post(f"{portal}/", data={"csrf": csrf, "login": "plusportaladmin", "password": PASSWORD})

        def link(page: str, pattern: str) -> str:
            """Return the first address of a kind on a page, without the portal's own part."""
            found_there: list[str] = re.findall(rf'href="{portal}({pattern})"', client.get(portal + page).text)
            return found_there[0].replace("&amp;", "&")

        sync = link("/syncs", r"/syncs/[^/\"]+")
        pages = {
            "today": "/home",
            "students": "/manage/students",
            "newcomers": "/manage/students?status=new",
            "parents": "/manage/parents",
            "mail": "/manage/parents/login-details?channel=email",
            "person": link("/manage/students", r"/manage/student/[^\"]+"),
            "search": "/search?q=an+er",
            "requests": "/requests",
            "queue": "/requests/list",
            "to_receive": "/requests/list?state=to-receive",
            "waiting": "/requests/list?sort=waiting",
            "request": link("/requests/list", r"/requests/of/[^\"]+"),
            "demand": "/requests/demand",
            "who_asked": link("/requests/demand?sort=asked", r"/requests/demand/[^\"/?]+"),
            "edits": "/approval-center",
            "syncs": "/syncs",
            "sync": sync,
            "who_came": f"{sync}/people?op=create",
            "outbox": "/outbox",
            "changes": "/audit",
        }
        for page, address in pages.items():
            seconds = []
            for _ in range(VISITS + 1):
                began = time.perf_counter()
                answer = client.get(portal + address)
                seconds.append(time.perf_counter() - began)
                assert answer.status_code == 200, (page, answer.status_code)
            found[page] = statistics.quantiles(seconds[1:], n=20)[-1] * 1000
print(json.dumps(found))
