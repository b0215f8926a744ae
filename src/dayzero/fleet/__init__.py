"""Many schools in one night: each a run of its own, with its own limits, journal and answer, and one summary of them all."""

from dayzero.fleet.errands import Errand, Sent, errands_of
from dayzero.fleet.results import SchoolResult, fleet_document, fleet_exit_code
from dayzero.fleet.summary import REASONS, Reason, nothing_to_look_at, of_reason
from dayzero.fleet.where import FleetSchool, require_own_accounts, school_in, schools_in

__all__ = [
    "REASONS",
    "Errand",
    "FleetSchool",
    "Reason",
    "SchoolResult",
    "Sent",
    "errands_of",
    "fleet_document",
    "fleet_exit_code",
    "nothing_to_look_at",
    "of_reason",
    "require_own_accounts",
    "school_in",
    "schools_in",
]
