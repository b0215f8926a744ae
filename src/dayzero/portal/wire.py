"""Read what the portal sends: pages of JSON into columns."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import msgspec
import polars as pl

from dayzero.errors import PortalError


class Page(msgspec.Struct):
    """One page of a listing; the items stay bytes until Polars reads them."""

    items: msgspec.Raw
    next: str | None = None


def read_page(content: bytes, schema: Mapping[str, Any], url: str) -> tuple[pl.DataFrame, str | None]:
    """Return a page's items in the columns of ``schema`` and the cursor of the next page."""
    try:
        page = msgspec.json.decode(content, type=Page)
        raw = bytes(page.items)
        if raw.strip() == b"[]":
            return pl.DataFrame(schema=schema), page.next
        frame = pl.read_json(io.BytesIO(raw), schema=schema)
    except (msgspec.DecodeError, pl.exceptions.PolarsError) as error:
        raise _not_understood(url) from error
    return frame, page.next


def read_document(content: bytes, url: str) -> dict[str, Any]:
    """Return a JSON object."""
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise _not_understood(url) from error


def _not_understood(url: str) -> PortalError:
    return PortalError(
        f"{url} answered something that is no Gradebook Cloud document.",
        remedy="Check [portal] url; a proxy or another service may answer there.",
    )
