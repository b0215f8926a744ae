"""The Gradebook Cloud client, and this side's copy of the portal.

``transport`` sends and waits · ``http_errors`` what each status means · ``wire`` reads what comes back · ``parts`` what is
sent · ``client`` knows the verbs · ``copy`` what the portal has, as it was last seen · ``course_requests`` the file that
``receive`` writes.
"""

from dayzero.portal.client import CommitResult, GradebookCloudClient, OpenSync, SchoolState
from dayzero.portal.course_requests import csv_of_requests
from dayzero.portal.parts import Part, part_of_lines

__all__ = [
    "CommitResult",
    "GradebookCloudClient",
    "OpenSync",
    "Part",
    "SchoolState",
    "csv_of_requests",
    "part_of_lines",
]
