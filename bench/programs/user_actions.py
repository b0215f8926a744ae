"""Make of every user of a file the action that Adobe's user-sync sends for somebody who is new; runs in the peers' environment.

user-sync reads users with ``csv.DictReader``, puts each under a normalised key, and makes an action of ``umapi_client`` of
it, which is sent as JSON. Its own comparing, filtering and logging come on top: what is measured here is less than it does.
"""

import csv
import json
import sys
from pathlib import Path

from umapi_client import IdentityType, UserAction

with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
    users = {row["email"].strip().lower(): row for row in csv.DictReader(file)}
actions = []
for user in users.values():
    action = UserAction(user["email"])
    action.create(user["email"], user["firstname"], user["lastname"], user["country"], IdentityType.enterpriseID)
    action.add_to_groups(groups=[user["groups"]])
    actions.append(json.dumps(action.wire_dict()))
print(json.dumps({"users": len(actions)}))
