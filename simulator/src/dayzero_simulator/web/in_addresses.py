"""What stands in a page's address: ids, which the SIS gives (some SIS gives ``2027/0042``), and numbers of our own."""

from __future__ import annotations

from urllib.parse import unquote

from werkzeug.routing import BaseConverter

__all__ = ["Number", "PersonId"]


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


class Number(BaseConverter):
    """Carry a number that the state can have; at a longer one there is no page."""

    regex = r"[0-9]{1,15}"

    def to_python(self, value: str) -> int:
        """Return the number of a segment."""
        return int(value)
