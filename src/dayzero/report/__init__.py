"""What a report says of a school on one day: who has an account, data to fix, earlier runs, the read. Pure: no clock, no file.

``model`` the values · ``people`` who has an account, and whose family is reached · ``change`` the change of year · ``fix`` data to fix · ``runs`` earlier runs
and the trend · ``read`` rows, seconds, findings · ``report`` all of it, by one function · ``order`` the order people read in · ``document`` its JSON ·
``sheets`` data to fix as CSV.
"""

from dayzero.report.document import report_document
from dayzero.report.fix import to_correct
from dayzero.report.model import (
    STATES,
    ChangeOfYear,
    FindingGroup,
    FixGroup,
    GradeRow,
    Moment,
    People,
    PlaceRow,
    Report,
    RunRow,
    Shares,
    Waiting,
)
from dayzero.report.report import report_of
from dayzero.report.runs import RUNS_REPORTED
from dayzero.report.sheets import HEADER, sheets_of

__all__ = [
    "HEADER",
    "RUNS_REPORTED",
    "STATES",
    "ChangeOfYear",
    "FindingGroup",
    "FixGroup",
    "GradeRow",
    "Moment",
    "People",
    "PlaceRow",
    "Report",
    "RunRow",
    "Shares",
    "Waiting",
    "report_document",
    "report_of",
    "sheets_of",
    "to_correct",
]
