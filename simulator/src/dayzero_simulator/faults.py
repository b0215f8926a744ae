"""Scripted faults: which operation fails, how, and when. Deterministic: counted, or drawn with a seed."""

from __future__ import annotations

import random
import threading
from typing import Annotated, Any, Literal

import msgspec

from dayzero_simulator.problems import BadRequest

__all__ = ["Fault", "FaultScript"]

Effect = Literal["status", "latency", "drop", "cut", "lost-reply"]


class Fault(msgspec.Struct, dict=True, forbid_unknown_fields=True):
    """One scripted fault.

    ``operation``: an operationId of the OpenAPI document, or ``*``. ``effect``: answer with ``status`` (and
    ``retry_after``), wait ``seconds``, drop the connection, cut the body, or do the work and lose the reply.
    ``after`` requests pass first, then ``times`` fail (None: all); with ``probability`` a draw by ``seed`` decides.
    ``struck`` counts the requests that failed.
    """

    operation: str = "*"
    effect: Effect = "status"
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 503
    retry_after: int | None = None
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    after: int = 0
    times: int | None = 1
    probability: float | None = None
    seed: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        self._drawn = random.Random(self.seed)  # noqa: S311 - a script, no secret

    def strikes(self, operation: str) -> bool:
        """Say whether this request fails, and count it."""
        if self.operation not in ("*", operation) or self.times == 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.probability is not None and self._drawn.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        self.struck += 1
        return True

    def document(self) -> dict[str, Any]:
        """Return the fault as JSON."""
        return msgspec.structs.asdict(self)


class FaultScript:
    """The faults in force, in order; the first that strikes is the one."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, **parameters: Any) -> Fault:
        """Add a fault; raise BadRequest for one that cannot be."""
        try:
            fault = msgspec.convert(parameters, Fault)
        except msgspec.ValidationError as error:
            raise BadRequest(f"no such fault: {error}") from error
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def list(self) -> list[dict[str, Any]]:
        """Return the faults as documents."""
        with self._lock:
            return [f.document() for f in self._faults]

    def strike(self, operation: str) -> Fault | None:
        """Return the fault that strikes this request, if any."""
        with self._lock:
            fault = next((f for f in self._faults if f.strikes(operation)), None)
            self._faults = [f for f in self._faults if f.times != 0]
            return fault
