"""Every setting of the portal, as data: the page, the checks and the rules read this table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GROUPS", "HIDE", "SETTINGS", "Setting"]

GROUPS = {"parent": "Parents", "student": "Students"}


@dataclass(frozen=True)
class Setting:
    """One setting. ``kind``: yes-no, text, lines, number, size, days, moment, day, zone or choice. ``ours``: not documented, decided here.

    ``by_grade``: it may be another for a grade of the next year; ``grade``: it is that, and empty where the grade has no other.
    """

    name: str
    section: str
    title: str
    help: str
    default: str = "no"
    kind: str = "yes-no"
    choices: tuple[str, ...] = ()
    ours: bool = False
    by_grade: bool = False
    grade: str = ""


def _of_groups() -> tuple[Setting, ...]:
    rows: list[Setting] = []
    for kind, group in GROUPS.items():
        rows += [
            Setting(f"lock_{kind}", "Lock Accounts", f"Lock {group}", f"Nobody of {group} can sign in."),
            Setting(
                f"lock_message_{kind}",
                "Lock Accounts",
                f"Message to locked {group}",
                "Shown to those who are refused.",
                "",
                "text",
            ),
            Setting(
                f"transition_{kind}",
                "New Year Transition Mode",
                f"Hide schedules from {group}",
                "Signing in and Course Requests go on.",
            ),
            Setting(
                f"own_password_{kind}",
                "Passwords",
                f"{group} may change and reset their own password",
                "A temporary password is always changed at the first sign-in.",
                "yes",
            ),
        ]
    return tuple(rows)


HIDE = Setting(
    "hide_temporary_passwords",
    "Passwords",
    "Hide temporary passwords",
    "Cannot be undone. Those of students with a user name and no e-mail stay visible.",
)
SETTINGS = (
    *_of_groups(),
    HIDE,
    Setting(
        "temporary_days",
        "Passwords",
        "Days a temporary password lasts",
        "After that it opens nothing, and Login Details give a new one.",
        "14",
        "days",
        ours=True,
    ),
    Setting(
        "school_name",
        "School",
        "Name of the school",
        "Stands above every page. Empty: the school's id.",
        "",
        "text",
        ours=True,
    ),
    Setting(
        "contact",
        "School",
        "Whom families ask",
        "Letters end with it, such as: the counseling office, 555-0142. Empty: the school's office.",
        "",
        "text",
        ours=True,
    ),
    Setting(
        "timezone",
        "Times",
        "Time zone",
        "All times on these pages are of this zone, such as America/New_York.",
        "UTC",
        "zone",
        ours=True,
    ),
    Setting(
        "requests_open_at",
        "Course Requests",
        "Open from",
        "In the school's time zone. Empty: open at once.",
        "",
        "moment",
        ours=True,
        by_grade=True,
    ),
    Setting(
        "requests_close_at",
        "Course Requests",
        "Closed from",
        "In the school's time zone. Empty: no end.",
        "",
        "moment",
        ours=True,
        by_grade=True,
    ),
    Setting(
        "requests_decided_by",
        "Course Requests",
        "Approved by",
        "The day by which families hear from you; shown to them, and nothing depends on it.",
        "",
        "day",
        ours=True,
        by_grade=True,
    ),
    Setting(
        "min_credits",
        "Course Requests",
        "Fewest credits",
        "Alternates do not count.",
        "5",
        "number",
        ours=True,
        by_grade=True,
    ),
    Setting(
        "max_credits",
        "Course Requests",
        "Most credits",
        "Alternates do not count.",
        "8",
        "number",
        ours=True,
        by_grade=True,
    ),
    Setting(
        "requests_text",
        "Course Requests",
        "What families should know",
        "Stands above the form, such as what must be taken, or when placement tests are.",
        "",
        "lines",
        ours=True,
        by_grade=True,
    ),
    Setting("max_alternates", "Course Requests", "Most alternates", "Ranked by the student.", "3", "number", ours=True),
    Setting(
        "section_size",
        "Course Requests",
        "Students in a section",
        "Demand says by it how many sections a course needs.",
        "25",
        "size",
        ours=True,
    ),
    Setting(
        "submit_by",
        "Course Requests",
        "Who may submit",
        "A child without a login has no other way than a parent.",
        "student-or-parent",
        "choice",
        ("student", "student-or-parent"),
        ours=True,
    ),
    Setting(
        "parent_review",
        "Course Requests",
        "Reviewed when",
        "Every parent's word is shown to the school whatever is chosen.",
        "any",
        "choice",
        ("any", "all"),
        ours=True,
    ),
)
