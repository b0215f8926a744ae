"""The portal's pages: parses requests, calls the rooms that decide, shows what they say. No rule is decided here."""

from __future__ import annotations

from flask import Flask

from dayzero_simulator.reached import Reached
from dayzero_simulator.web.admins import admin_pages
from dayzero_simulator.web.demand import demand_pages
from dayzero_simulator.web.door import Door, nowhere
from dayzero_simulator.web.edits import edit_pages
from dayzero_simulator.web.family import family_pages
from dayzero_simulator.web.letters import letter_pages
from dayzero_simulator.web.manager import manager_pages
from dayzero_simulator.web.requests import request_pages
from dayzero_simulator.web.school import school_pages
from dayzero_simulator.web.search import search_pages
from dayzero_simulator.web.signin import sign_in_pages
from dayzero_simulator.world import World

__all__ = ["add_pages", "nowhere"]


def add_pages(app: Flask, world: World, *, admin_password: str, reached: Reached) -> None:
    """Add every page to the app."""
    door = Door(app, world, admin_password=admin_password, reached=reached)
    for pages in (
        sign_in_pages, family_pages, edit_pages, manager_pages, admin_pages, letter_pages, school_pages, search_pages, request_pages,
        demand_pages,
    ):  # fmt: skip
        pages(door)
