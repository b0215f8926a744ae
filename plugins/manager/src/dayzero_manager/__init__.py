"""The Sync Manager: the page on which an office works, over the service that the command line uses.

``command`` opens it · ``serving`` the socket · ``door`` links, sessions, roles, headers · ``office`` the school and what was looked at · ``work`` the one
run at a time · ``view`` what pages need of a plan, ``words`` how they say it · ``pages`` one small file a page · ``report`` the page for the head of school.
"""

from __future__ import annotations

from dayzero.plugin import Command, hookimpl

__all__: list[str] = []


@hookimpl
def dayzero_commands() -> list[Command]:
    """Bring ``dayzero manager`` and ``dayzero report``."""
    return [
        Command("manager", "Open the Sync Manager, the office's page.", "dayzero_manager.command:manager"),
        Command("report", "Write a report as one HTML file.", "dayzero_manager.report.command:report"),
    ]
