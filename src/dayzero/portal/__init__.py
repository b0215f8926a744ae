"""The Gradebook Cloud client. ``transport`` sends and waits, ``wire`` reads what comes back, ``client`` knows the verbs."""

from dayzero.portal.client import CommitResult, GradebookCloudClient, SchoolState

__all__ = ["CommitResult", "GradebookCloudClient", "SchoolState"]
