"""Every fault the simulator can make, on every operation of the contract."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import yaml

__all__ = ["EFFECTS", "FAULTS", "OPERATIONS", "Fault"]

_CONTRACT = Path(__file__).parents[1] / "simulator" / "openapi.yaml"
OPERATIONS: list[str] = [
    operation["operationId"]
    for path in yaml.safe_load(_CONTRACT.read_text(encoding="utf-8"))["paths"].values()
    for verb, operation in path.items()
    if verb in ("get", "put", "post", "delete")
]
EFFECTS: dict[str, dict[str, Any]] = {
    "drop": {"effect": "drop"},
    "cut": {"effect": "cut"},
    "lost-reply": {"effect": "lost-reply"},
    "latency": {"effect": "latency"},
    "500": {"effect": "status", "status": 500},
    "503": {"effect": "status", "status": 503, "times": None},
    "429": {"effect": "status", "status": 429, "retry_after": 7},
    "403": {"effect": "status", "status": 403},
    "404": {"effect": "status", "status": 404},
    "409": {"effect": "status", "status": 409},
    "410": {"effect": "status", "status": 410, "times": None},
    "412": {"effect": "status", "status": 412},
}
Fault = tuple[str, str]
FAULTS: list[Fault] = list(itertools.product(OPERATIONS, EFFECTS))
