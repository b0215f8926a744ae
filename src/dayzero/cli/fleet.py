"""``dayzero fleet``"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dayzero.cli._common import allowed, everywhere, print_json
from dayzero.cli._streams import is_terminal
from dayzero.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dayzero.fleet import Errand, FleetSchool, SchoolResult, Sent

F = TypeVar("F", bound=Callable[..., Any])


@click.group(
    epilog="""\b
Examples:
  dayzero fleet plan schools/               every dayzero.toml below a folder
  dayzero fleet sync fleet.toml --yes       for a timer
  dayzero fleet sync fleet.toml --yes --only hampden --allow disable=12
  dayzero fleet status fleet.toml --json"""
)
def fleet() -> None:
    """Many schools, each a run of its own: plan them, sync them, and see what waits."""


def _of_a_fleet(command: F) -> F:
    for option in (
        click.option("--only", multiple=True, metavar="ID", help="This school alone; may be given again."),
        click.option("--scheduler", metavar="URL", help="Of a Dask cluster: tcp://HOST:8786."),
        click.option(
            "--engine",
            type=click.Choice(["local", "dask"]),
            default="local",
            show_default=True,
            help="Where: in processes here, or on a Dask cluster that is there already.",
        ),
        click.option(
            "--workers", type=click.IntRange(1, 1_000), metavar="N", help="Processes; default: one a processor."
        ),
    ):
        command = option(command)
    return everywhere(click.argument("where", type=click.Path(path_type=Path, exists=True), required=False)(command))


@fleet.command()
@_of_a_fleet
def plan(**options: Any) -> ExitCode:
    """Say what a sync of each school would do. Nothing is sent."""
    return _answer("plan", (), **options)


@fleet.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--allow",
    "allowances",
    multiple=True,
    metavar="OP=N",
    help="Release exactly N held operations of the one school of --only.",
)
@_of_a_fleet
def sync(yes: bool, allowances: tuple[str, ...], only: tuple[str, ...], **options: Any) -> ExitCode:
    """Sync each school, as its own `dayzero sync --yes` would: nothing is released for several at once."""
    if allowances and len(set(only)) != 1:
        raise UsageError("--allow releases what one school holds.", remedy="Name it: --only ID.")
    if not yes:
        if not is_terminal(sys.stdin):
            raise UsageError("There is no terminal to ask on.", remedy="Say --yes.")
        click.confirm("Sync every school? What a limit or a doubt holds stays held", abort=True, err=True)
    return _answer("sync", tuple(allowed(allowances).items()), only=only, **options)


@fleet.command()
@_of_a_fleet
def status(**options: Any) -> ExitCode:
    """Say how the last run of each school ended."""
    return _answer("status", (), **options)


def _answer(
    what: str,
    allow: tuple[tuple[str, int], ...],
    *,
    where: Path | None,
    config_path: Path,
    engine: str,
    scheduler: str | None,
    workers: int | None,
    only: tuple[str, ...],
    as_json: bool,
) -> ExitCode:
    from dayzero.fleet import Sent, fleet_document, fleet_exit_code, require_own_accounts, schools_in

    if scheduler and engine != "dask":
        raise UsageError("--scheduler goes with --engine dask.", remedy="Say --engine dask, or leave it out.")
    where = where or config_path
    schools = schools_in(where)
    if what != "status":
        require_own_accounts(schools)
    if strange := sorted(set(only) - {school.id for school in schools}):
        raise UsageError(f"There is no school {strange[0]!r} in {where}.", remedy="`dayzero fleet status` lists them.")
    chosen = [school for school in schools if not only or school.id in only]
    results: list[SchoolResult] = []
    interrupted = False
    try:
        with _asked_to_stop(raising=engine == "dask") as asked:
            for some in _done(Sent(what, allow), where.resolve(), chosen, engine, scheduler, workers, asked):
                results.extend(some)
                _progress(len(results), len(chosen))
    except KeyboardInterrupt:
        interrupted = True
        click.echo(
            f"Stopped between schools: {len(results):,} of {len(chosen):,} are done. The same command goes on.",
            err=True,
        )
    code = ExitCode.INTERRUPTED if interrupted else fleet_exit_code(results)
    if as_json:
        print_json(fleet_document(results, code))
    else:
        from dayzero.cli._fleet import show

        show(results)
    return code


@contextmanager
def _asked_to_stop(*, raising: bool) -> Iterator[Future[None]]:
    """Give what is done once Ctrl-C, or whoever stops a service, asks to end between schools, or raise KeyboardInterrupt for it. Asked
    again, leave the schools under way to their workers, which end with them."""
    import os
    import signal
    from concurrent.futures import Future
    from threading import Thread

    asked: Future[None] = Future()
    tell = Thread(target=asked.set_result, args=(None,))  # this one may be at a lock that it takes

    def say(line: bytes) -> None:
        with suppress(OSError):  # stderr is closed
            os.write(2, line)  # no stream can be written to twice at once

    def interrupt(*_: object) -> None:
        if tell.ident is not None:
            say(b"\nLeft: the schools under way end by themselves. `dayzero fleet status` says how.\n")
            os._exit(ExitCode.INTERRUPTED)
        tell.start()
        say(b"\nStopping when the schools under way have ended. Once more leaves at once.\n")
        if raising:
            raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _done(
    sent: Sent,
    where: Path,
    schools: Sequence[FleetSchool],
    engine: str,
    scheduler: str | None,
    workers: int | None,
    asked: Future[None],
) -> Iterator[list[SchoolResult]]:
    import os

    if engine == "dask":
        from dayzero.fleet.cluster import on_cluster

        return on_cluster(_errands(sent, where, schools, workers or 1), schools, scheduler=scheduler)
    from dayzero.fleet.local import locally

    many = min(workers or os.cpu_count() or 1, len(schools))
    return locally(_errands(sent, where, schools, many), schools, workers=many, asked=asked)


def _errands(sent: Sent, where: Path, schools: Sequence[FleetSchool], workers: int) -> Iterator[Errand]:
    """Yield what is asked of workers; those that are here load meanwhile."""
    from dayzero.fleet import errands_of
    from dayzero.plugins import load_plugins

    yield from errands_of(sent, where, schools, workers=workers, sharing=load_plugins().sharing)


def _progress(done: int, of: int) -> None:
    """Say how far it is, on a terminal."""
    if is_terminal(sys.stderr):
        click.echo(f"\r{done:,} of {of:,} schools", nl=done == of, err=True)
