"""Every measurement, as data, in the order in which they run and stand on the page."""

from __future__ import annotations

from bench import references, subjects
from bench.model import ANY, MB, MS, SECONDS, US, Bar, Line, Measurement

__all__ = ["LINES", "MEASUREMENTS"]

K3, K10, K100, M = 3_000, 10_000, 100_000, 1_000_000
_READ = "a process that reads the same files with `polars.read_csv`, one after another"
_WALL = Bar("wall", "wall", SECONDS, "wall")
_STEEPEST = 1.03
"""Ten times the school may cost 10.7 times as much."""


def _memory(limit: int | None = None, what: str = "peak memory", figure: str = "client_mb") -> Bar:
    return Bar(what, figure, MB, None, most={} if limit is None else {M: limit})


def _page(name: str, what: str, size: int = K100) -> Bar:
    return Bar(f"{what}, 95th percentile", name, MS, name, most={size: 10})


MEASUREMENTS = (
    Measurement(
        "plan",
        "Planning a first sync",
        "The service reads three years of CSV, checks it, asks a portal that has nobody, and decides: findings and the plan's "
        "digest included. The portal's process is counted too.",
        _READ,
        subjects.plan,
        references.read,
        (Bar("plan", most={M: 8}), _WALL, _memory(1_600)),
    ),
    Measurement(
        "user-sync",
        "The same people as Adobe's user-sync has them",
        "The plan of above, divided by the number of students and contacts. user-sync itself is on no package index, so it is "
        "not what runs here. What of it is there, `umapi_client`, makes the actions that its plan consists of: the reference "
        "reads the same people as user-sync's CSV connector does (name, e-mail, one group; it knows no children, and passes over "
        "whoever has no e-mail) and makes an action of each, as the JSON it is sent as. What user-sync does besides, comparing, "
        "filtering and logging, is missing, so that the program itself is slower than its reference here, by how much is not "
        "known: a bar that is met here is met; one that is missed here is not measured.",
        "`umapi_client.UserAction` for each row of `csv.DictReader`",
        subjects.plan,
        references.user_actions,
        (Bar("for each person, each user", "us", US, "us", least={K100: 20, M: 20}),),
    ),
    Measurement(
        "sync",
        "A first sync over loopback HTTP",
        "The service plans and sends a school to a simulated portal, each a process of its own, both durable "
        "(`synchronous=FULL`): the journal's file on one side, the portal's on the other. *Both sides* is everything that the two "
        "processes spend, the plan included; *without the plan* leaves out what the client had spent when it was made.",
        "the portal's rows of accounts and records once more by a bare `executemany` into the same tables, as durably, in one "
        "transaction; *indexed*: with the portal's four indexes of its accounts made afterwards",
        subjects.first_sync,
        references.executemany,
        (
            Bar("both sides, plan included", most={K100: 4, M: 4}),
            Bar("both sides, plan included; indexed", against="indexed"),
            Bar("both sides, without the plan", "sending"),
            Bar("the client, plan included", "client"),
            Bar("the portal", "server"),
            Bar("wall", "wall", SECONDS, None),
            _memory(what="peak memory of the client"),
            _memory(what="peak memory of the portal", figure="server_mb"),
        ),
    ),
    Measurement(
        "nothing-changed",
        "Nothing has changed, without the gate",
        "The service plans a school that was synced before, from its journal: `Service.plan`, which always reads.",
        _READ,
        subjects.nothing_changed,
        references.read,
        (Bar("plan", most={M: 6}), _WALL, _memory(2_000)),
    ),
    Measurement(
        "gate",
        "Nothing has changed, as a timer meets it",
        "`dayzero sync --yes` once more on a school that was synced before, start of the command included.",
        _READ,
        subjects.twice,
        references.read,
        (Bar("sync", most={K100: 1.5, M: 0.6}), _WALL, _memory(150)),
    ),
    Measurement(
        "changed",
        "One person in a hundred has changed",
        "The service plans and sends; one student and one contact in a hundred have another name. Both sides are counted.",
        _READ,
        subjects.changed,
        references.read,
        (
            Bar("plan and send", most={M: 9}),
            _WALL,
            _memory(what="peak memory of the client"),
            _memory(what="peak memory of the portal", figure="server_mb"),
        ),
    ),
    Measurement(
        "generate",
        "Generating a school",
        "`dayzero school new`: three years of CSV and the answer key, grown and written.",
        "`write_csv` of the same seven tables, without growing them",
        subjects.generate,
        references.write_csv,
        (Bar("grow and write", most={M: 20}), _WALL, _memory(2_500, figure="mb")),
    ),
    Measurement(
        "names",
        "Generating a school, for each of its people",
        "The same, divided by the number of students and contacts.",
        "`Faker().name()`, called for each of at most 50,000 people",
        subjects.generate,
        references.faker_names,
        (Bar("for each person", "us", US, "us", least={K100: 5}),),
        sizes=(K10, K100),
    ),
    Measurement(
        "portal",
        "Pages of the portal",
        "Manage Accounts of a school that was synced, in process, 40 visits to each page.",
        "the same pages of a school of 100 students",
        subjects.pages,
        references.pages_of_a_small_school,
        (
            _page("first", "first page"),
            _page("by_login", "by login"),
            _page("pending", "those that are not active"),
            _page("name", "search for a name"),
            _page("two_words", "search for two words"),
            _page("grade", "parents by a child's grade"),
        ),
    ),
    Measurement(
        "lived-in",
        "Pages of a portal that is lived in",
        "The portal of a demo in which families are at every stage of their requests, in process, 40 visits to each page.",
        "the same pages of a demo of 100 students",
        subjects.lived_in,
        references.a_small_one_lived_in,
        tuple(
            _page(name, what, K3)
            for name, what in (
                ("today", "Today"),
                ("students", "students"),
                ("newcomers", "newcomers"),
                ("parents", "parents"),
                ("mail", "whom to mail Login Details"),
                ("person", "one person"),
                ("search", "search for two parts of a name"),
                ("requests", "overview of the requests"),
                ("queue", "requests"),
                ("to_receive", "requests to receive"),
                ("waiting", "requests by how long they wait"),
                ("request", "one request"),
                ("demand", "demand"),
                ("who_asked", "who asks for a course"),
                ("edits", "Approval Center"),
                ("syncs", "syncs"),
                ("sync", "one sync"),
                ("who_came", "who came by it"),
                ("outbox", "outbox"),
                ("changes", "what admins did"),
            )
        ),
        sizes=(K3,),
    ),
    Measurement(
        "office",
        "Pages of the Sync Manager",
        "The Sync Manager of a school that was synced, in process, 40 visits to each page once it is worked out.",
        "the same pages of a school of 600 students",
        subjects.office,
        references.office_of_a_small_school,
        tuple(
            _page(name, what)
            for name, what in (
                ("home", "home"),
                ("settings", "settings with their preview"),
                ("plan", "plan"),
                ("what_if", "plan of the other setting"),
                ("narrowed", "the same, parents alone"),
                ("holds", "holds and questions"),
                ("people", "people"),
                ("found", "people, found by two parts of a name"),
                ("person", "one person"),
                ("fix", "data to fix"),
                ("history", "history"),
                ("run", "one run"),
                ("undo", "undo"),
                ("forecast", "change of year"),
                ("check", "source check"),
                ("report", "report"),
            )
        ),
        sizes=(K10, K100),
    ),
    Measurement(
        "call",
        "One small call",
        "Listing three accounts on the in-process portal by `requests`.",
        "`list_users` of a pool of three on moto's `cognito-idp`, in process by `boto3`",
        subjects.in_process_call,
        references.moto_call,
        (Bar("one call", "ms", MS, "ms", least={ANY: 2}),),
        sizes=(ANY,),
    ),
    Measurement(
        "help",
        "The start of the command",
        "`dayzero --help`.",
        "`python -c 'import click'`",
        subjects.help_,
        references.import_click,
        (Bar("start", most={ANY: 2.3}), _WALL),
        sizes=(ANY,),
    ),
    Measurement(
        "oneroster",
        "Memory of a OneRoster read",
        "As many users as the table says, 1,000 to a page, walked by the reader; above what it has after the first page. The "
        "reader packs every page into columns and lets the JSON go; what it hands over at the end is the roster itself.",
        "a client that keeps the users' JSON records",
        subjects.walk_of_users,
        references.records_of_users,
        (Bar("until the last page", "walking", MB, "walking"), Bar("in all", "grown", MB, "grown")),
        sizes=(K10, K100),
    ),
    Measurement(
        "oneroster-csv",
        "A OneRoster bundle",
        "A district as CSV, of 1.11 times as many users as the table says and 7.76 times as many enrollments in classes, read, "
        "mapped to dayzero's tables and typed. At 100,000 these are 111,000 users and 776,000 enrollments.",
        _READ,
        subjects.bundle,
        references.read_bundle,
        (Bar("read and map", most={K100: 10}), _WALL, Bar("peak memory", "mb", MB, None, most={K100: 700})),
        sizes=(K10, K100),
    ),
)

LINES = (
    Line("reading the files", "plan", "cpu", "CPU s", "reference"),
    Line("planning a first sync", "plan", "cpu", "CPU s", steepest=_STEEPEST),
    Line("first sync, both sides", "sync", "cpu", "CPU s", steepest=_STEEPEST),
    Line("planning a first sync", "plan", "client_mb", MB, steepest=_STEEPEST),
    Line("first sync, the client", "sync", "client_mb", MB, steepest=_STEEPEST),
    Line("first sync, the portal", "sync", "server_mb", MB, steepest=_STEEPEST),
)
