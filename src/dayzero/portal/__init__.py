"""The Gradebook Cloud client. ``transport`` sends and waits, ``wire`` reads what comes back, ``client`` knows the verbs."""

from dayzero.portal.client import CommitResult, GradebookCloudClient, OpenSync, SchoolState

__all__ = ["CommitResult", "GradebookCloudClient", "OpenSync", "SchoolState"]
