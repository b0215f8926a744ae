"""No account is created, changed or disabled from a malformed read of OneRoster: fuzzed bundles and API answers.

The portal is synced from a good bundle, without any limit that could hide a mistake. Then the same bundle, or the same
service, is *damaged*, and synced again: every account on the portal must be what it was, field by field.

Damage is what no edit in the SIS can bring about: bytes that are no text, broken quoting, rows of another length than the
header, a required or misspelt column, JSON that is cut, records and fields of another shape, a service that stops
half-way. A file that is well-formed, whatever was done to it, is not damage: a cell that says something else, or a row
that is not there, is what the SIS says, and limits are for that. So examples that happen to be well-formed are passed
over; whether one is, is asked of Python's own csv and json and never of the plugin.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import tomlkit
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dayzero.cli import main
from dayzero.clock import SystemClock
from dayzero_fixtures.oneroster_provider import Manners, OneRosterProvider

pytestmark = pytest.mark.slow

SOAK = bool(os.environ.get("DAYZERO_SOAK"))
SCHOOL = "north"
NO_LIMITS = dict.fromkeys(("create", "update", "disable", "shrink", "rekey"), "none")

BUNDLE = {
    "manifest": "propertyName,value\noneroster.version,1.1\nfile.users,bulk\nfile.enrollments,bulk\n",
    "academicSessions": (
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
        "SY27,active,2026-07-01,2026-27,schoolYear,2026-08-01,2027-07-31,,2027\n"
        "SY28,active,2026-07-01,2027-28,schoolYear,2027-08-01,2028-07-31,,2028\n"
        "T27,active,2026-07-01,Year,term,2026-08-20,2027-06-10,SY27,2027\n"
        "T28,active,2026-07-01,Year,term,2027-08-19,2028-06-09,SY28,2028\n"
    ),
    "orgs": "sourcedId,name,type\nN,North,school\n",
    "classes": (
        "sourcedId,status,title,grades,classType,schoolSourcedId,termSourcedIds\n"
        "H27,active,Room 9,09,homeroom,N,T27\nG27,active,Room 10,10,homeroom,N,T27\n"
        "H28,active,Room 9,09,homeroom,N,T28\nG28,active,Room 10,10,homeroom,N,T28\n"
    ),
    "users": (
        "sourcedId,status,dateLastModified,enabledUser,role,givenName,familyName,email,username,orgSourcedIds,agentSourcedIds,grades\n"
        "ann,active,2026-08-01,true,student,Ann,Ito,ann@school.example,ann.i,N,,09\n"
        'bob,active,2026-08-01,true,student,"Bob ""B"" J.",Ito,bob@school.example,bob.i,N,,\n'
        "cyd,active,2026-08-01,true,student,Cyd,Oak,cyd@school.example,cyd.o,N,,09\n"
        "eve,active,2026-08-01,true,student,Eve,Elm,eve@school.example,eve.e,N,,10\n"
        "fay,active,2026-08-01,true,student,Fay,Elm,fay@school.example,fay.e,N,,10\n"
        'dad,active,2026-08-01,true,parent,Dan,Ito,dan@home.example,,N,"ann,bob",\n'
        "mum,active,2026-08-01,true,guardian,Mia,Oak,mia@home.example,,N,,\n"
        "pat,active,2026-08-01,true,parent,Pat,Elm,pat@home.example,,N,eve,\n"
        "tea,active,2026-08-01,true,teacher,Tea,Cher,tea@school.example,,N,cyd,\n"
    ),
    "relationships": (
        "userSourcedId,relationshipUserSourcedId,relationshipRole\ncyd,mum,mother\nfay,mum,aunt\nann,tea,teacher\n"
    ),
    "enrollments": (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate\n"
        "e2,active,2026-08-01,G28,N,ann,student,2027-08-19,2028-06-09\n"
        "e3,active,2026-08-01,H28,N,bob,student,2027-08-19,2028-06-09\n"
        "e4,active,2026-08-01,H27,N,cyd,student,2026-08-20,2027-06-10\n"
        "e5,tobedeleted,2026-10-01,G27,N,eve,student,2026-08-20,2027-06-10\n"
        "e6,active,2026-08-01,G27,N,fay,student,2026-08-20,2027-06-10\n"
        "e7,active,2026-08-01,H27,N,tea,teacher,2026-08-20,2027-06-10\n"
        "e1,active,2026-08-01,H27,N,ann,student,2026-08-20,2027-06-10\n"
    ),
}
"""Ann and her parent in both years, Bob new, Cyd and Fay only this year; Eve has left, her parent is nobody's."""

FILES = tuple(BUNDLE)
REQUIRED = {
    "manifest": ("propertyName", "value"),
    "academicSessions": ("sourcedId", "startDate", "endDate"),
    "classes": ("sourcedId",),
    "users": ("sourcedId", "givenName", "familyName"),
    "relationships": ("userSourcedId", "relationshipUserSourcedId"),
    "enrollments": ("userSourcedId",),
}
ACCOUNTS = {("student", p) for p in ("ann", "bob", "cyd", "fay")} | {("parent", p) for p in ("dad", "mum")}


def fuzz(examples: int) -> Any:
    """Run so many examples in a soak, others each time; elsewhere a few of them, always the same ones."""
    return settings(
        max_examples=examples if SOAK else examples // 45, deadline=None, derandomize=not SOAK, print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow],
    )  # fmt: skip


class Synced:
    """A school whose portal was synced from the good data; every sync begins there again."""

    def __init__(self, folder: Path, cloud: Any, source: dict[str, Any]) -> None:
        self._cloud = cloud
        self._config = folder / "dayzero.toml"
        document = {
            "school": {"id": SCHOOL},
            "source": {"plugin": "oneroster", "as_of": "2027-02-01", **source},
            "portal": {"url": cloud.url, "token": {"env": "DAYZERO_TOKEN"}},
            "sync": {"send_scheduling_year": True},
            "limits": NO_LIMITS,
            "state": {"path": "state"},
        }
        self._config.write_text(tomlkit.dumps(document), encoding="utf-8")
        code, document = self._sync()
        assert code == 0, document
        assert {(a["kind"], a["person_id"]) for a in self.accounts()} == ACCOUNTS
        self._good = self.accounts()
        self._morning = cloud.world.snapshot()

    def accounts(self) -> list[dict[str, Any]]:
        return [dict(a) for a in self._cloud.accounts(SCHOOL)]

    def survives(self, damage: object) -> int:
        """Sync what is there now; return the exit code. Whatever it is, no account is another one than before."""
        self._cloud.world.restore(self._morning)
        code, document = self._sync()
        assert self.accounts() == self._good, (damage, code, document)
        assert code in (0, 1, 2, 3, 4), (damage, document)
        if "error" in document:
            assert document["error"]["message"], damage
            assert document["error"]["remedy"], damage
        return code

    def _sync(self) -> tuple[int, dict[str, Any]]:
        environ = {"DAYZERO_TOKEN": self._cloud.token, "ONEROSTER_SECRET": OneRosterProvider.client_secret}
        result = CliRunner().invoke(main, ["sync", "--yes", "--json", "--config", str(self._config)], env=environ)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, json.loads(result.stdout)


# -- bundles


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    write(folder, {})
    return folder


@pytest.fixture
def synced(tmp_path: Path, bundle: Path, gradebook_cloud: Any) -> Synced:
    return Synced(tmp_path, gradebook_cloud, {"path": "bundle"})


def write(folder: Path, damaged: dict[str, bytes]) -> None:
    for name, text in BUNDLE.items():
        (folder / f"{name}.csv").write_bytes(damaged.get(name, text.encode()))


def well_formed(data: bytes, good: str) -> bool:
    """Say whether these bytes are a CSV file with the good one's columns, and every row as long as its header."""
    try:
        text = data.decode()
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return False
    columns = next(csv.reader(io.StringIO(good)))
    return (
        "\0" not in text
        and bool(rows)
        and set(rows[0]) == set(columns)
        and all(len(r) in (0, len(columns)) for r in rows)
    )


NOISE = st.binary(min_size=1, max_size=8) | st.sampled_from(
    [
        b'"',
        b"\n",
        b",",
        b",,,",
        b"\r",
        b"\r\n",
        b"\xff",
        b"\0",
        b'"\n',
        b'",',
        b"<html>",
        b"\n\n",
        b"\xef\xbb\xbf",
        b";",
    ]
)


@pytest.mark.soak
@fuzz(1_800)
@given(data=st.data())
def test_a_damaged_body(synced: Synced, bundle: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    text = BUNDLE[name].encode()
    start = data.draw(st.integers(text.index(b"\n") + 1, len(text)))
    end = data.draw(st.just(start) | st.integers(start, min(len(text), start + 80)))
    damaged = text[:start] + data.draw(NOISE | st.just(b"")) + text[end:]
    assume(not well_formed(damaged, BUNDLE[name]))
    write(bundle, {name: damaged})
    synced.survives((name, damaged))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2026-08-01,true,student,Ann,Ito,ann@school.example,ann.i,N,,09\n", ""),
        (
            '26-08-01,true,student,Ann,Ito,ann@school.example,ann.i,N,,09\nbob,active,2026-08-01,true,student,"Bob ""B"" J.",Ito,bob@school.example,',
            "",
        ),
        ("@school.example,cyd.o,N,,09\neve", ""),
        ("\nmum", "mum"),
    ],
)
def test_a_row_that_swallowed_the_next(synced: Synced, bundle: Path, old: str, new: str) -> None:
    """Longer than the header, shorter, or by empty cells alone: whoever is missing may be in it."""
    assert old in BUNDLE["users"]
    write(bundle, {"users": BUNDLE["users"].replace(old, new).encode()})
    assert synced.survives((old, new)) in (1, 3, 4)


@pytest.mark.soak
@fuzz(600)
@given(data=st.data())
def test_a_cut_file(synced: Synced, bundle: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    text = BUNDLE[name].encode()
    damaged = text[: data.draw(st.integers(0, len(text) - 1))]
    # No edit takes the last line its end.
    assume(not well_formed(damaged, BUNDLE[name]) or not damaged.endswith(b"\n"))
    write(bundle, {name: damaged})
    synced.survives((name, damaged))


@pytest.mark.soak
@fuzz(900)
@given(data=st.data())
def test_a_damaged_header(synced: Synced, bundle: Path, data: st.DataObject) -> None:
    """A required column under another name, any column misspelt by a letter, names lost or doubled."""
    name = data.draw(st.sampled_from(FILES))
    header, _, body = BUNDLE[name].partition("\n")
    columns = header.split(",")
    place = data.draw(st.integers(0, len(columns) - 1))
    column = columns[place]
    letter = data.draw(st.integers(1, len(column) - 1))
    harms = [column[:letter] + column[letter + 1 :], column[:letter] + "x" + column[letter:], columns[place - 1]]
    if column in REQUIRED.get(name, ()):
        harms += ["", "Unknown", "\u200b", "\N{REPLACEMENT CHARACTER}" * 3]
    columns[place] = data.draw(st.sampled_from(harms))
    damaged = ",".join(columns) + "\n" + body
    write(bundle, {name: damaged.encode()})
    synced.survives((name, damaged))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "body", [b"", b"\n", b"\0", b"<html><body>Sign in</body></html>\n", b"PK\x03\x04", b'"', b"{}\n"]
)
def test_a_file_that_is_none(synced: Synced, bundle: Path, name: str, body: bytes) -> None:
    write(bundle, {name: body})
    synced.survives((name, body))


def test_a_zip_that_is_cut(synced: Synced, bundle: Path, tmp_path: Path) -> None:
    """The zip stands where the folder was."""
    whole = Path(shutil.make_archive(str(tmp_path / "whole"), "zip", bundle)).read_bytes()
    shutil.rmtree(bundle)
    for length in range(0, len(whole), len(whole) // 40):
        bundle.write_bytes(whole[:length])
        assert synced.survives(length) == 4
    bundle.write_bytes(whole)
    assert synced.survives("not at all") == 0


# -- services


class DamagedService(OneRosterProvider):
    """The same school as a service. ``damage`` is done to the answer to the n-th page of a collection."""

    def __init__(self) -> None:
        links = BUNDLE["relationships"] + "ann,dad,\nbob,dad,\neve,pat,\n"  # of which the records' agents are made
        texts = {**BUNDLE, "relationships": links}
        files = {n: pl.read_csv(io.StringIO(t), infer_schema=False) for n, t in texts.items() if n != "manifest"}
        nothing = pl.DataFrame(schema={"sourcedId": pl.String})
        super().__init__({**dict.fromkeys(("courses", "demographics"), nothing), **files}, manners=Manners(page_cap=3))
        self.damage: Callable[[str, int, bytes], bytes] = lambda _collection, _offset, body: body

    def _page(self, collection: str, request: Any) -> Any:
        response = super()._page(collection, request)
        response.data = self.damage(collection, request.args.get("offset", 0, type=int), response.data)
        return response


@pytest.fixture
def service() -> Iterator[DamagedService]:
    with DamagedService() as provider:
        yield provider


@pytest.fixture
def synced_service(
    tmp_path: Path, service: DamagedService, gradebook_cloud_server: Any, monkeypatch: pytest.MonkeyPatch
) -> Synced:
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: None)
    signed = {"auth": "oauth1", "client_id": service.client_id, "client_secret": {"env": "ONEROSTER_SECRET"}}
    return Synced(tmp_path, gradebook_cloud_server, {"url": service.url, **signed})


COLLECTIONS = ("academicSessions", "orgs", "classes", "users", "enrollments")


def once(collection: str, offset: int, harm: Callable[[bytes], bytes]) -> Callable[[str, int, bytes], bytes]:
    """Do harm to one page of one collection."""
    return lambda c, o, body: harm(body) if (c, o) == (collection, offset) else body


def parses(body: bytes, collection: str) -> bool:
    try:
        return isinstance(json.loads(body)[collection], list)
    except (ValueError, KeyError, TypeError):
        return False


@pytest.mark.soak
@fuzz(450)
@given(data=st.data())
def test_an_answer_that_is_no_page(synced_service: Synced, service: DamagedService, data: st.DataObject) -> None:
    collection = data.draw(st.sampled_from(COLLECTIONS))
    offset = data.draw(st.sampled_from([0, 3, 6]))
    start, noise = data.draw(st.integers(0, 400)), data.draw(NOISE | st.just(b""))
    whole = data.draw(
        st.sampled_from([b"", b"{}", b"[]", b"null", b"<html>", b"7", b'{"users": {}}', None, None, None])
    )

    def harm(body: bytes) -> bytes:
        made = body[: start % len(body)] + noise if whole is None else whole
        return made if not parses(made, collection) else b""

    service.damage = once(collection, offset, harm)
    synced_service.survives((collection, offset, start, noise, whole))


NO_RECORD = st.sampled_from(
    [None, 7, "ann", [], {}, {"sourcedId": None}, {"sourcedId": {}}, {"status": "active"}, [{}]]
)
MISSHAPEN = {
    "text": st.sampled_from([{}, [], 7.5, True, {"a": 1}, [[]], [{"sourcedId": "x"}]]),
    "reference": st.sampled_from([7.5, True, {"sourcedId": None}, {"sourcedId": {}}, {"href": "x"}, [{}], [None]]),
    "list": st.sampled_from([{"a": 1}, 7.5, [{}], [None], [["09"]]]),
}
SHAPES = {
    "academicSessions": {"text": ("status", "type", "startDate", "endDate", "schoolYear"), "reference": ("parent",)},
    "classes": {"text": ("status", "classType"), "reference": ("school", "terms"), "list": ("grades",)},
    "users": {
        "text": ("status", "role", "givenName", "familyName", "email", "username"),
        "reference": ("agents", "orgs"),
        "list": ("grades",),
    },
    "enrollments": {"text": ("status", "role", "beginDate", "endDate"), "reference": ("class", "school", "user")},
}


@pytest.mark.soak
@fuzz(900)
@given(data=st.data())
def test_a_record_of_another_shape(synced_service: Synced, service: DamagedService, data: st.DataObject) -> None:
    """A record that is none, or a field that is not what the specification says it is."""
    collection = data.draw(st.sampled_from(sorted(SHAPES)))
    offset, place = data.draw(st.sampled_from([0, 3])), data.draw(st.integers(0, 2))
    shape = data.draw(st.sampled_from(["record", *SHAPES[collection]]))
    field = "" if shape == "record" else data.draw(st.sampled_from(SHAPES[collection][shape]))
    value = data.draw(NO_RECORD if shape == "record" else MISSHAPEN[shape])

    def harm(body: bytes) -> bytes:
        records = json.loads(body)[collection]
        if place < len(records):
            records[place] = {**records[place], field: value} if field else value
        return json.dumps({collection: records}).encode()

    service.damage = once(collection, offset, harm)
    synced_service.survives((collection, offset, place, field, value))


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_service_that_stops_or_repeats(synced_service: Synced, service: DamagedService, collection: str) -> None:
    """Nothing but errors, or half a page, from some record on; or the first page for ever."""
    for offset, breaks in itertools.product(range(0, 7, 2), ("500", "cut")):
        service.manners = Manners(page_cap=2, breaks_at=(collection, offset), breaks=breaks)  # type: ignore[arg-type]
        assert synced_service.survives((offset, breaks)) in (0, 1, 3, 4)
    first: dict[str, bytes] = {}
    service.manners = Manners(page_cap=2)
    service.damage = lambda c, _offset, body: first.setdefault(c, body) if c == collection else body
    assert synced_service.survives("repeats") in (0, 1, 3, 4)


@pytest.mark.parametrize("collection", ["academicSessions", "orgs", "classes", "users", "enrollments"])
def test_a_service_that_gives_fewer_than_it_announces(
    synced_service: Synced, service: DamagedService, collection: str
) -> None:
    """A time-out, a window, an offset that is something else: what is missing is never taken for gone, nor passed over."""
    for hidden in (1, 2):
        service.manners = Manners(page_cap=2, withholds=(collection, hidden))
        assert synced_service.survives((collection, hidden)) in (1, 3, 4)
    service.manners = Manners(page_cap=2, window=2)
    assert synced_service.survives("a window") in (1, 3, 4)
