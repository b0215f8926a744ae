"""Deltas: what changed, applied to the image of what there was."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dayzero_oneroster.findings import Findings, odd, odd_rows
from dayzero_oneroster.image import Image, load_image, save_image
from dayzero_oneroster.roster import Mode, Roster
from dayzero_oneroster.specification import KEYS
from dayzero_oneroster.values import instant

__all__ = ["settled"]


def settled(roster: Roster, folder: Path | None) -> Roster:
    """Apply a roster's deltas to the image in ``folder`` and keep the outcome; without a folder nothing is kept.

    The returned roster is whole where there was an image. It still says which files came as deltas.
    """
    image = load_image(folder) if folder else Image()
    files: dict[str, pl.DataFrame] = dict(image.files) if roster.is_delta else {}
    kept = dict(files)
    modes: dict[str, Mode] = {**dict.fromkeys(files, "delta"), **roster.modes}
    findings = [*roster.findings, *image.findings]
    files |= {name: _without_users(roster, frame) for name, frame in files.items() if name in roster.with_users}
    kept |= {name: files[name] for name in kept}
    for name, frame in roster.files.items():
        if roster.modes[name] == "bulk":
            files[name] = kept[name] = frame
        elif name in image.files:
            files[name], older = _applied(name, files[name], frame)
            kept[name] = files[name]
            findings += older
        else:
            files[name] = frame
            findings.append(odd("delta-without-image", name))
    if folder and kept:
        save_image(folder, Image(kept, {**image.stamps, **roster.stamps}))
    return Roster(files, modes, roster.damaged, tuple(findings), unended=roster.unended)


def _without_users(roster: Roster, image: pl.DataFrame) -> pl.DataFrame:
    """Return rows that came with users, without those of users who came again: a link that they lost is gone."""
    again = roster["users"].select(userSourcedId="sourcedId")
    return image.join(again, on="userSourcedId", how="anti", maintain_order="left")


def _applied(name: str, image: pl.DataFrame, delta: pl.DataFrame) -> tuple[pl.DataFrame, Findings]:
    """Return the image with the delta's rows in place of its own; a row older than the image's stays out, as a finding."""
    key = list(KEYS[name])
    findings: Findings = ()
    if "dateLastModified" in image.columns:
        known = image.select(*key, known="dateLastModified").unique(key, keep="last")
        delta = delta.join(known, on=key, how="left", maintain_order="left")
        older = (instant("dateLastModified") < instant("known")).fill_null(value=False)
        findings = odd_rows("delta-older", name, delta.filter(older), key[0])
        delta = delta.filter(~older).drop("known")
    delta = delta.unique(key, keep="last", maintain_order=True)
    untouched = image.join(delta, on=key, how="anti", maintain_order="left")
    if "status" in untouched.columns:  # what an earlier delta took away was said then
        untouched = untouched.filter(pl.col("status") != "tobedeleted")
    return pl.concat([untouched, delta], how="diagonal"), findings
