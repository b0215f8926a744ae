"""What one run leaves to the next of who people are: asked before anything is decided, kept once a plan was sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import polars as pl

from dayzero.errors import JournalError
from dayzero.journal import Journal
from dayzero.people import Decisions, Known, KnownLinks
from dayzero.plan import Decided, IdMap, Plan

__all__ = ["ids_and_known", "keep_people", "to_be_known_by"]

log = logging.getLogger(__name__)


def ids_and_known(
    journal: Journal | None, id_map: IdMap, decisions: Decisions, former: Callable[[], pl.DataFrame]
) -> tuple[IdMap, Known]:
    """Return which ids are older ones on the portal, and what is known of people, with what was accepted just now.

    ``former`` gives the student records that were removed.
    """
    if journal is None:
        ids, known = IdMap(), Known(former=former)
    else:
        memory = journal.memory
        ids = memory.id_map()
        known = Known(journal.births(), memory.decisions(), memory.cut_links(), memory.links(), former)
    answers = known.decisions.grown(decisions)
    return ids.grown(id_map).grown(IdMap(answers.pairs())), replace(known, decisions=answers)


def to_be_known_by(decision: Decided) -> pl.DataFrame:
    """Return who was read and is not left untouched, with what they are to be known by: ``student_id``, ``birth_date``."""
    untouched = decision.untouched.filter(pl.col("kind") == "student")["person_id"].implode()
    return decision.population.students.select("student_id", "birth_date").filter(
        ~pl.col("student_id").is_in(untouched)
    )


def keep_people(
    journal: Journal, plan: Plan, people: pl.DataFrame | None, links: Callable[[], KnownLinks] | None
) -> None:
    """Remember who people are, once a plan was sent; whatever that is worth, a commit is not undone for it.

    ``people``: as ``to_be_known_by``. ``links`` gives those that are to be known.
    """
    header = plan.header
    if header.undoes is not None or any(doubt.stops for doubt in plan.reads):
        return
    try:
        if header.renumbered:
            journal.memory.keep_id_map(journal.memory.id_map().grown(IdMap(header.renumbered)))
        journal.memory.keep_cut_links(header.cut)
        if people is not None:
            journal.keep_births(people)
        if links is not None:
            journal.memory.keep_links(links())
    except JournalError as error:
        log.warning("%s", error)
