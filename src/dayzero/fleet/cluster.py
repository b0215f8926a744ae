"""Schools on a Dask cluster that is there already: the same errands. Journals must lie where every worker reaches them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from dayzero.errors import ConfigurationError, InterruptedRunError
from dayzero.fleet.errands import Errand
from dayzero.fleet.results import SchoolResult, lost
from dayzero.fleet.where import FleetSchool

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["on_cluster"]

_RETRIES = 2


def on_cluster(
    errands: Iterable[Errand], schools: Sequence[FleetSchool], *, scheduler: str | None
) -> Iterator[list[SchoolResult]]:
    """Yield what came of each errand, as they end. ``scheduler``: its address; None: what Dask's own settings name.

    An errand whose workers were killed is done again, school by school. Raises ConfigurationError without Dask or a scheduler,
    InterruptedRunError where the cluster is lost on the way: what was done is done, and the next run goes on.
    """
    try:
        from dask import config
        from distributed import Client
    except ImportError as error:
        raise ConfigurationError(
            "Dask is not installed.", remedy="pip install 'dayzero[dask]', or leave out --engine dask."
        ) from error
    if scheduler is None and config.get("scheduler-address", None) is None:  # Dask would start a cluster of its own
        raise ConfigurationError(
            "No Dask scheduler is named.",
            remedy="Say --scheduler tcp://HOST:8786, or set DASK_SCHEDULER_ADDRESS.",
        )
    try:
        client = Client(scheduler, set_as_default=False, timeout=10)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"There is no Dask scheduler at {scheduler or 'the address of its settings'}.",
            remedy="Start one (`dask scheduler`, `dask worker ADDRESS`), and name it: --scheduler tcp://HOST:8786.",
        ) from error
    with client:
        yield from _through(client, list(errands), {school.id: school for school in schools})


def _done(errand: Errand) -> list[SchoolResult]:
    from dayzero.fleet.work import run  # a worker needs it; who hands out begins without Polars

    return run(errand)


def _through(client: Client, errands: Sequence[Errand], by_id: dict[str, FleetSchool]) -> Iterator[list[SchoolResult]]:
    from distributed import KilledWorker, as_completed
    from distributed.client import FutureCancelledError
    from distributed.comm import CommClosedError

    def begun(some: Sequence[Errand]) -> dict[object, Errand]:
        return dict(zip(client.map(_done, some, retries=_RETRIES, pure=False), some, strict=True))

    running = begun(errands)
    coming = as_completed(list(running), loop=client.loop)
    try:
        for future in coming:
            errand = running.pop(future)
            try:
                yield future.result()
            except KilledWorker:
                if len(errand.schools) == 1:
                    yield [lost(by_id[ident]) for ident in errand.schools]
                    continue
                alone = begun(errand.alone())
                running |= alone
                coming.update(alone)
    except (CommClosedError, FutureCancelledError, TimeoutError) as error:
        names = list(chain.from_iterable(errand.schools for errand in running.values()))
        raise InterruptedRunError(
            f"The cluster was lost with {len(names)} schools to do or under way.",
            remedy="Run the same command again: what was done is known, and what was begun is settled first.",
        ) from error
