"""``dayzero simulator faults``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from dayzero_simulator.cli._common import ask, configured, remote

__all__ = ["faults"]


@click.group()
def faults() -> None:
    """Script faults on a running simulator."""


@faults.command("list")
@remote
def list_faults(url: str | None, token: str | None, as_json: bool, config_path: Path) -> None:
    """List the faults in force."""
    _print_faults(ask("GET", url or configured(config_path)["url"], token, "/_sim/faults"), as_json=as_json)


@faults.command(
    "add",
    epilog="""\b
Examples:
  dayzero simulator faults add --operation putPart --effect status --status 503
  dayzero simulator faults add --operation commitSync --effect lost-reply""",
)
@click.option("--operation", default="*", show_default=True, help="An operationId of the API.")
@click.option(
    "--effect",
    type=click.Choice(["status", "latency", "drop", "cut", "lost-reply"]),
    default="status",
    show_default=True,
)
@click.option("--status", default=503, show_default=True, type=click.IntRange(400, 599))
@click.option("--retry-after", type=int)
@click.option("--seconds", default=0.0, show_default=True, help="With --effect latency.")
@click.option("--after", default=0, show_default=True, help="So many requests pass first.")
@click.option("--times", type=int, help="So many requests fail; default: one, with --probability no end.")
@click.option("--probability", type=click.FloatRange(0, 1), help="That a request fails, drawn by --seed.")
@click.option("--seed", default=0, show_default=True, help="With --probability.")
@remote
def add_fault(url: str | None, token: str | None, as_json: bool, config_path: Path, **fault: Any) -> None:
    """Add one fault."""
    if fault["times"] is None and fault["probability"] is None:
        fault["times"] = 1
    _print_faults(ask("POST", url or configured(config_path)["url"], token, "/_sim/faults", fault), as_json=as_json)


@faults.command("clear")
@remote
def clear_faults(url: str | None, token: str | None, as_json: bool, config_path: Path) -> None:
    """Remove all faults."""
    _print_faults(ask("DELETE", url or configured(config_path)["url"], token, "/_sim/faults"), as_json=as_json)


def _print_faults(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document))
        return
    for fault in document["items"]:
        click.echo(", ".join(f"{k} {v}" for k, v in fault.items() if v is not None))
    if not document["items"]:
        click.echo("No fault is in force.")
