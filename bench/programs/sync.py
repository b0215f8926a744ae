"""Run a sync by the service, and print how much was sent and what this process had spent when the plan was made."""

import json
import os
import sys
import time
from pathlib import Path

from dayzero.config import load
from dayzero.gradebook import Difference
from dayzero.plan import Plan
from dayzero.service import Service
from dayzero.sync.request import SyncRequest

planned: dict[str, float] = {}


def agree(plan: Plan, _: tuple[Difference, ...]) -> bool:
    """Note where the plan ends and the sending begins."""
    planned.update(
        operations=plan.going.height, held=plan.operations.height - plan.going.height, plan=time.process_time()
    )
    return True


outcome = Service(load(Path(sys.argv[1]), environ=os.environ)).sync(SyncRequest(), agree)
if outcome.rejected or planned["held"] or not planned["operations"]:
    sys.exit(f"{planned}, {len(outcome.rejected)} rejected: this is not the sync that was to be measured")
print(json.dumps(planned))
