"""What to do about dayzero's rules, in OneRoster's words: it has no entry codes, no ticks and no Contact Database."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["REMEDIES"]

REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "not-enrolled": (
            "Nothing, if the student has left. Else export an active enrollment in a class of a term of this year, with "
            "enabledUser true for the student."
        ),
        "withdrawn": "If the student is coming after all, export an active enrollment without an endDate that is past.",
        "no-entry-on-day-0": (
            "Give the student an enrollment whose beginDate is the first day of the school's first term or before it "
            "(`entry_grace_days` later still counts); if the year begins on another day, set `first_day` under [source]."
        ),
        "no-login": "Fill in the login field of the student in users (email, username, identifier or one of userIds).",
        "invalid-login": "Correct the login field of the student in users: an e-mail address has one @ and no blanks.",
        "duplicate-login": "Give each of them a value of their own in users.",
        "no-sent-student": (
            "Nothing to do, unless the student should be linked: by agentSourcedIds of users, or a row of relationships."
        ),
        "no-portal-access": (
            "If this person may see the student, see to what `portal_access` under [source] asks for: the role, or its column; "
            "and to enabledUser and the role's endDate."
        ),
        "no-email": "Fill in email of this user in users.",
        "invalid-email": "Correct email of this user in users: one @, no blanks, a dot in the domain.",
        "placeholder-email": "Give these users addresses of their own in users; one that many families share is nobody's.",
        "shared-by-strangers": "Correct email in users: these people have no student in common.",
        "same-person-twice": "Merge the two users into one sourcedId, and link that one to all the children.",
        "one-active-year": (
            "Export the academicSessions of this year, too, with its enrollments; or say which year is meant with "
            "`active_year` under [source]."
        ),
        "no-scheduling-year": (
            "Export the academicSessions of next year, with its classes and enrollments; or run "
            "`dayzero settings send-scheduling-year no`."
        ),
        "active-year-without-enrollments": (
            "Export the enrollments of this year, in classes whose terms are its sessions; or say which year is meant with "
            "`active_year` under [source]."
        ),
        "scheduling-year-without-enrollments": (
            "Export the enrollments of next year, in classes whose terms are its sessions; or run "
            "`dayzero settings send-scheduling-year no`."
        ),
        "scheduling-year-without-day-0": (
            "Next year's enrollments all begin after the first day of its first term: correct their beginDate, or set "
            "`first_day` or `entry_grace_days` under [source]."
        ),
        "next-year-not-ready": "Export next year's academicSessions, classes and enrollments as soon as the SIS has them.",
        "empty-table": "Export all files of the bundle again, in bulk, users, enrollments and links with agentSourcedIds included.",
    }
)
