"""What plugin authors run: the source contract as a class to subclass.

::

    from dayzero.testing import SourceContract

    class TestMySource(SourceContract):
        source_type = my_source_type

        def make(self, tables):            # write the tables where the source will look; return its settings
            ...

        def break_after(self, table, n):   # optional: let the source made last break off after n rows
            ...

Each test is one requirement. What an author did not implement is skipped by name, never passed.
"""

from dayzero.testing._contract import SourceContract, Tables

__all__ = ["SourceContract", "Tables"]
