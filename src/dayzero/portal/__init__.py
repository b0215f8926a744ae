"""The Gradebook Cloud client, and this side's copy of the portal.

``transport`` sends and waits · ``http_errors`` what each status means · ``wire`` reads what comes back · ``client`` knows the verbs · ``copy`` what the portal has,
as it was last seen · ``course_requests`` the file that ``receive`` writes.
"""

from dayzero.portal.client import CommitResult, GradebookCloudClient, OpenSync, SchoolState
from dayzero.portal.course_requests import csv_of_requests

__all__ = ["CommitResult", "GradebookCloudClient", "OpenSync", "SchoolState", "csv_of_requests"]
