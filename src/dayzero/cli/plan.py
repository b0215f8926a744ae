"""``dayzero plan``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayzero.cli._commands import command, quoted, runnable
from dayzero.cli._common import everywhere, print_json, service_of
from dayzero.errors import ExitCode, UsageError, gravest
from dayzero.words import plural

if TYPE_CHECKING:
    from dayzero.cli._next import Way
    from dayzero.plan import Plan
    from dayzero.service import Service

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog="""\b
Examples:
  dayzero plan
  dayzero plan --out tonight.plan     and later: dayzero sync --plan tonight.plan
  dayzero plan tonight.plan --people  shows a saved plan, before and after
  dayzero plan --by-reason --grade 9
  dayzero plan --withheld --csv withheld.csv   who gets no account, and why
  dayzero plan --send-scheduling-year yes   previews the setting
  dayzero plan --doubts-out doubts.csv      and, decided: dayzero sync --decide doubts.csv"""
)
@click.argument("saved", required=False, type=FILE, metavar="[FILE]")
@click.option("--out", type=FILE, metavar="FILE", help="Write the plan, for review and `sync --plan`.")
@click.option("--people", is_flag=True, help="List everybody it touches, each field before and after.")
@click.option("--by-reason", is_flag=True, help="List everybody it touches by reason.")
@click.option(
    "--withheld", is_flag=True, help="List everybody who gets no account, by reason, and what to do about it."
)
@click.option("--csv", "csv_file", type=FILE, metavar="FILE", help="With --withheld: write them into a CSV file, too.")
@click.option("--grade", metavar="GRADE", help="Only students of this grade, and their parents.")
@click.option("--rekey-out", type=FILE, metavar="FILE", help="Write the id map that a mass re-key suggests.")
@click.option("--doubts-out", type=FILE, metavar="FILE", help="Write the doubts about persons, to be decided.")
@click.option("--decide", type=FILE, metavar="FILE", help="Plan as if the doubts had been decided so.")
@click.option("--accept-rekey", type=FILE, metavar="FILE", help="Plan as if this id map had been accepted.")
@click.option(
    "--send-scheduling-year",
    type=click.Choice(["yes", "no"]),
    help="Plan as if the setting were this; nothing is saved.",
)
@everywhere
def plan(
    saved: Path | None,
    out: Path | None,
    people: bool,
    by_reason: bool,
    withheld: bool,
    csv_file: Path | None,
    grade: str | None,
    rekey_out: Path | None,
    accept_rekey: Path | None,
    doubts_out: Path | None,
    decide: Path | None,
    send_scheduling_year: str | None,
    as_json: bool,
    config_path: Path,
) -> ExitCode:
    """Show what a sync would do, and why anybody is withheld. Nothing is sent.

    With FILE: show a saved plan.
    """
    from dayzero.plan import plan_document

    if saved is not None and (out or rekey_out or accept_rekey or doubts_out or decide or send_scheduling_year):
        raise UsageError("A saved plan is shown as it is.", remedy="Leave FILE out to make a new one.")
    if saved is not None and withheld:
        raise UsageError("A saved plan does not say who is withheld.", remedy="Leave FILE out to make a new one.")
    if csv_file is not None and not withheld:
        raise UsageError("--csv goes with --withheld.", remedy="Say both: plan --withheld --csv FILE.")
    service = service_of(config_path)
    if saved is not None:
        made = service.saved_plan(saved)
    else:
        what_if = None if send_scheduling_year is None else send_scheduling_year == "yes"
        made = service.plan(accept_rekey, decisions=decide, send_scheduling_year=what_if).plan
    # Where the portal is as this side left it, nobody else has synced since.
    other = service.other_journal() if saved is None and made.listed else None
    looked_into = _looked_into(service, made, people=people, by_reason=by_reason, grade=grade)
    if out is not None:
        service.save_plan(made, out)
    if rekey_out is not None:
        _write_proposal(made, rekey_out)
    if doubts_out is not None:
        _write_doubts(made, doubts_out)
    if csv_file is not None:
        _write_withheld(made, csv_file)
    if as_json:
        document = {**plan_document(made), **(_saved_facts(made) if saved is not None else {}), **looked_into}
        if other is not None:
            document["doubts"] = [*document.get("doubts", ()), other.document()]
        print_json(document)
    else:
        from dayzero.cli._page import Page, say_simulated
        from dayzero.cli._people import show_people
        from dayzero.cli._show import show_plan
        from dayzero.cli.sync import say_written

        page = Page(made.names)
        say_simulated(page, service)
        if not page.seen and (withheld or looked_into):
            elsewhere = ", or written with --csv FILE" if withheld and csv_file is None else ""
            page.line(f"Ids alone: names are shown on a terminal{elsewhere}.")
        show_plan(page, made, all_withheld=withheld, way=_way(saved, send_scheduling_year))
        if other is not None:
            page.line()
            page.line(runnable(str(other.refusal())))
        show_people(page, looked_into)
        if out is not None:
            say_written(page, out, made.plan_id)
    return made.exit_code if other is None else gravest(made.exit_code, ExitCode.HELD)


def _way(saved: Path | None, send_scheduling_year: str | None) -> Way:
    """Return the commands that belong to what is shown."""
    from dayzero.cli._next import SYNC, saved_in, setting_to

    if saved is not None:
        return saved_in(quoted(saved))
    return setting_to(send_scheduling_year) if send_scheduling_year else SYNC


def _saved_facts(made: Plan) -> dict[str, Any]:
    from dayzero.plan.affected import saved_held

    return {"held": saved_held(made), "saved": True}


def _looked_into(service: Service, made: Plan, *, people: bool, by_reason: bool, grade: str | None) -> dict[str, Any]:
    """Return ``people`` and ``by_reason`` as far as they are asked for."""
    if not (people or by_reason or grade):
        return {}
    from dayzero.plan import affected

    chosen = affected.people(made)
    if grade:
        chosen = affected.in_grade(chosen, grade, service.accounts())
    found = list(chosen)
    asked: dict[str, Any] = {"people": found} if people or not by_reason else {}
    return {**asked, "by_reason": affected.by_reason(iter(found))} if by_reason else asked


def _written(file: Path, rows: str, said: str = "", following: str = "") -> None:
    """Say on stderr what was written, and what is to be done with it."""
    from dayzero.cli._page import Page

    page = Page(stderr=True)
    page.line(f"Wrote {file}{f' ({rows})' if rows else ''}.")
    if said:
        page.offer(said, command(following), indent=0)


def _write_proposal(made: Plan, file: Path) -> None:
    from dayzero.files import whole_file
    from dayzero.plan import IdMap

    if not made.header.rekeyed:
        raise UsageError("This plan sees no mass re-key: there is nothing to propose.", remedy="Leave --rekey-out out.")
    with whole_file(file) as out:
        out.write(IdMap.proposal(made.header.rekeyed).text().encode())
    _written(file, "", "Review it; accept it with:", f"sync --accept-rekey {quoted(file)}")


def _write_withheld(made: Plan, file: Path) -> None:
    from dayzero.files import whole_file
    from dayzero.plan import csv_of_withheld

    with whole_file(file) as out:
        out.write(csv_of_withheld(made))
    _written(file, plural(made.withheld.height, "row"))


def _write_doubts(made: Plan, file: Path) -> None:
    from dayzero.files import whole_file
    from dayzero.plan import text_of_doubts

    with whole_file(file) as out:
        out.write(text_of_doubts(made.doubts).encode())
    _written(file, plural(len(made.doubts), "doubt"), "Decide in it, then:", f"sync --decide {quoted(file)}")
