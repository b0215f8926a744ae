"""The REST reader: ``client`` asks one page, ``paging`` walks a collection, ``records`` makes columns of it."""

from dayzero_oneroster.rest.client import OneRosterClient
from dayzero_oneroster.rest.reading import read_service

__all__ = ["OneRosterClient", "read_service"]
