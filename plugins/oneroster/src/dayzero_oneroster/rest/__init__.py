"""The REST reader: ``reading`` knows what to ask for, ``paging`` walks a collection, ``asking`` gets its pages one by one.

``client`` sends one request, ``auth`` signs it, ``patience`` waits and asks again; ``manners`` is what was learned of a service,
``answers`` what it says besides records. ``records`` makes columns of these, in the ``shapes`` of the specification or in the
``dialects`` of programs, ``pages`` keeps them small and ``repeats`` leaves each of them once.
"""

from dayzero_oneroster.rest.client import OneRosterClient
from dayzero_oneroster.rest.reading import read_service

__all__ = ["OneRosterClient", "read_service"]
