"""The Gradebook Cloud client, and this side's copy of the portal.

``transport`` sends and waits · ``timely`` cuts off what lasts too long · ``trust`` says whose certificates count ·
``http_errors`` what each status means · ``wire`` reads what comes back · ``parts`` what is sent · ``client`` knows the
verbs · ``copy`` what the portal has, as it was last seen · ``course_requests`` the file that ``receive`` writes.
"""

from dayzero.portal.client import CommitResult, GradebookCloudClient, OpenSync
from dayzero.portal.course_requests import csv_of_requests
from dayzero.portal.parts import Part, part_of_lines
from dayzero.portal.wire import SchoolState

__all__ = [
    "CommitResult",
    "GradebookCloudClient",
    "OpenSync",
    "Part",
    "SchoolState",
    "csv_of_requests",
    "part_of_lines",
]
