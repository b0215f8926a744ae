"""Read, look at the portal, decide, by the service: nothing stands between a plan and its figures. Prints how much it planned."""

import json
import os
import sys
from pathlib import Path

from dayzero.config import load
from dayzero.service import Service

plan = Service(load(Path(sys.argv[1]), environ=os.environ)).plan().plan
print(json.dumps({"operations": plan.operations.height}))
