"""Many schools in one night: each a run of its own, with its own limits, journal and answer, and one summary of them all."""

from dayzero.fleet.errands import Errand, Sent, errands_of
from dayzero.fleet.results import SchoolResult, fleet_document, fleet_exit_code
from dayzero.fleet.where import FleetSchool, schools_in

__all__ = [
    "Errand",
    "FleetSchool",
    "SchoolResult",
    "Sent",
    "errands_of",
    "fleet_document",
    "fleet_exit_code",
    "schools_in",
]
