"""The mock source: a school without files."""

from dayzero.schema import TABLES
from dayzero_mock import MockSettings, open_mock


def test_every_required_table_is_there_and_the_same_again():
    settings = MockSettings(students=120)
    with open_mock(settings) as first, open_mock(settings) as second:
        for table in (t.name for t in TABLES.values() if t.required):
            assert first.read(table).height > 0
            assert first.read(table).equals(second.read(table))
