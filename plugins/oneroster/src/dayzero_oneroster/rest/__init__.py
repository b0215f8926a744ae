"""The REST reader: ``reading`` knows what to ask for, ``client`` asks one page, ``paging`` walks a collection.

``records`` makes columns of its records, ``repeats`` leaves each of them once.
"""

from dayzero_oneroster.rest.client import OneRosterClient
from dayzero_oneroster.rest.reading import read_service

__all__ = ["OneRosterClient", "read_service"]
