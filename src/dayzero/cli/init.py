"""``dayzero init``"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayzero.cli._commands import command
from dayzero.cli._common import everywhere, print_json
from dayzero.errors import UsageError
from dayzero.words import plural

if TYPE_CHECKING:
    from dayzero.draft import Draft
    from dayzero.plugin import Question

USUAL_PATH = "export/"


@click.command(
    epilog="""\b
Examples:
  dayzero init --path students.xlsx
  dayzero init --path export/ --dry-run --json
  dayzero init --path students.csv --set portal_access=yes --yes
  dayzero init --plugin sql --path school.sqlite --school hampden"""
)
@click.option("--path", "source_path", help="What to look at: a folder, a file or an address.")
@click.option("--plugin", help="The source plugin, if it is not to be found out.")
@click.option(
    "--portal", "portal_url", default="http://127.0.0.1:8700", show_default=True, help="The portal's address."
)
@click.option("--school", default="my-school", show_default=True, help="The school's id, also on the portal.")
@click.option("--name", help="The school's name.")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="For a rehearsal: the day instead of the clock's.",
)
@click.option(
    "--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Answer a question, or set a setting of the source; may be repeated."
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask; what is not answered stays open.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would be written.")
@everywhere
@click.pass_context
def init(
    ctx: click.Context, source_path: str | None, plugin: str | None, portal_url: str, school: str, name: str | None,
    today: datetime | None, pairs: tuple[str, ...], yes: bool, force: bool, dry_run: bool, as_json: bool, config_path: Path,
) -> None:  # fmt: skip
    """Look at what a school has, and write a commented dayzero.toml for it.

    It finds out what the files are and which column is which, and asks what cannot be seen. Without a terminal nothing is
    asked: what is open is listed, and answered with --set KEY=VALUE.
    """
    from dayzero.clock import SystemClock
    from dayzero.draft import drafted
    from dayzero.files import whole_file

    if config_path.exists() and not force and not dry_run:
        raise UsageError(f"{config_path} exists already.", remedy="Edit it, or overwrite it with --force.")
    answers = dict(_pair(p) for p in pairs)
    path = source_path or answers.pop("path", None) or (USUAL_PATH if plugin in (None, "csv") else None)
    day = today.date() if today else (ctx.obj or SystemClock()).now().date()
    asks = sys.stdin.isatty() and not (yes or as_json)

    def look() -> Draft:
        return drafted(path, plugin, answers, today=day, config_path=config_path)

    draft = look()
    while asks and (open_one := next((q for q in draft.questions if q.key not in answers), None)):
        answers[open_one.key] = _answer(open_one)
        draft = look()
    text = draft.file(
        school_id=school, school_name=name or school, portal_url=portal_url, today=today.date() if today else None
    )
    if dry_run:
        if as_json:
            print_json({**draft.document(), "config": text, "portal": portal_url, "samples": draft.samples()})
        else:
            _show(draft)
            click.echo(text)
        return
    needed = [q for q in draft.questions if q.needed]
    if needed:
        raise UsageError(
            "\n".join(["Without an answer nothing is written:", *map(_asked, needed)]),
            remedy=f"Answer with --set {needed[0].key}=ANSWER.",
            questions=[q.key for q in needed],
        )
    draft.check()
    if not as_json:
        _show(draft)
        if asks and not click.confirm(f"Write {config_path}?", default=True):
            raise UsageError("Nothing was written.", remedy="Run it again with other answers, or with --set KEY=VALUE.")
    with whole_file(config_path, mode=0o644) as file:
        file.write(text.encode())
    if as_json:
        print_json({**draft.document(), "config": str(config_path), "portal": portal_url})
        return
    _say_written(config_path, portal_url)


def _pair(text: str) -> tuple[str, str]:
    """Read ``KEY=VALUE``; the last equals sign parts them where the key has one: a word of the school's may."""
    key, equals, value = text.rpartition("=") if ":" in text.partition("=")[0] else text.partition("=")
    if not equals or not key:
        raise UsageError(f"--set {text!r} is not KEY=VALUE.", remedy="For example --set portal_access=yes")
    return key.strip(), value


def _answer(question: Question) -> str:
    """Ask on the terminal; an empty answer leaves it open."""
    click.echo(question.question)
    for number, option in enumerate(question.options, 1):
        click.echo(f"  {number}  {option}")
    said = str(
        click.prompt("Answer (a number or a word; empty to leave it open)", default="", show_default=False)
    ).strip()
    if said.isdecimal() and 0 < int(said) <= len(question.options):
        return question.options[int(said) - 1]
    return said


def _say_written(file: Path, portal_url: str) -> None:
    """Say what was written, which portal it is for, and what is to be done next."""
    from dayzero.cli._page import Page

    page = Page()
    page.line(
        f"Wrote {file}. It sends to the portal at {portal_url}: change it under [portal] url, or with `--portal URL`."
    )
    page.line("Put that portal's token into the environment variable DAYZERO_TOKEN.")
    page.line(f"Next: `{command('check')}` reads the source; `{command('plan')}` shows what a sync would do.")


def _show(draft: Draft) -> None:
    """Say what was seen, what it is taken for, and what is open; names of people on a terminal only."""
    from dayzero.cli._page import Page

    page = Page()
    page.line(f"{draft.path or 'Nothing'}: {draft.shape}, read by {draft.plugin} ({draft.confidence:.0%} sure)")
    for note in draft.notes:
        page.line(note, indent=2)
    for table, columns in draft.mapping.items():
        told = ", ".join(f"{column} = {header}" for column, header in columns.items())
        page.line(f"{table}: {told}", indent=2)
    if page.seen:
        for table, rows in draft.samples().items():
            for row in rows:
                page.line(f"{table}: {_row(row)}", indent=2)
    if draft.questions:
        page.line(f"{plural(len(draft.questions), 'question').capitalize()} open; answer with --set KEY=ANSWER:")
        for question in draft.questions:
            page.line(_asked(question).strip(), indent=2)


def _row(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{column} {value}" for column, value in row.items())


def _asked(question: Question) -> str:
    options = f" ({', '.join(question.options)})" if question.options else ""
    return f"  {question.key}: {question.question}{options}"
