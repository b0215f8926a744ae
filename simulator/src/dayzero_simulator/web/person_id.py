"""Ids in addresses: the SIS gives them, and some SIS gives ``2027/0042``."""

from __future__ import annotations

from urllib.parse import unquote

from werkzeug.routing import BaseConverter

__all__ = ["PersonId"]


class PersonId(BaseConverter):
    """Carry any id as one segment of a path.

    Servers decode ``%2F`` before they look for a page, and browsers take ``..`` for the folder above: such characters are
    encoded once more than usual. Usual ids look as they are.
    """

    def to_python(self, value: str) -> str:
        """Return the id of a segment."""
        return unquote(value)

    def to_url(self, value: str) -> str:
        """Return the segment of an id."""
        text = value.replace("%", "%25").replace("/", "%2F")
        if not value.strip("."):
            text = value.replace(".", "%2E")
        return super().to_url(text)
