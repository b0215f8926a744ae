"""Home: how things stand, whose turn it is, and how the last nights went."""

from __future__ import annotations

from flask import render_template

from dayzero_manager.door import Door
from dayzero_manager.office import Office

__all__ = ["mount"]


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def home() -> str:
        service = office.service()
        runs = service.history(50)
        return render_template("home.html", runs=runs, config=office.config, today=office.today)

    door.mount("/", "home", home)
