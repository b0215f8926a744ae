"""Benchmarks, side by side in one run: machines are noisy, so trust the ratios and not the seconds.

python -m bench                 all of them
python -m bench help plan       some
python -m bench --students 20000 plan
python -m bench --small         all of them once over a small school, to see that they run
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 5


def timed(program: list[str]) -> float:
    """Return the processor seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(program, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(title: str, programs: dict[str, list[str]], runs: int) -> dict[str, float]:
    """Run the programs in turn, print each one's median of processor seconds and its ratio to the first."""
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for program in programs.values():
        timed(program)  # warm-up
    for _ in range(runs):
        for name, program in programs.items():
            seconds[name].append(timed(program))
    medians = {name: statistics.median(s) for name, s in seconds.items()}
    base = next(iter(medians.values()))
    print(f"\n{title}")
    for name, median in medians.items():
        print(
            f"  {name:<44} {median:8.3f} CPU s   x {median / base:5.2f}   ({min(seconds[name]):.3f}-{max(seconds[name]):.3f})"
        )
    return medians


def python(code: str, *args: str) -> list[str]:
    return [sys.executable, "-c", code, *args]


READ = "import sys, polars, pathlib\nfor f in sorted(pathlib.Path(sys.argv[1]).glob('*.csv')): polars.read_csv(f)"
PLAN = "import polars, sys\nfrom bench.planning import plan\nplan(sys.argv[1])"
FAKED = 50_000  # names asked of Faker, whose time grows with their number
LOOP = (
    "import sys\nfrom faker import Faker\nf = Faker()\nf.seed_instance(7)\nfor _ in range(int(sys.argv[1])): f.name()"
)


def help_(args: argparse.Namespace) -> None:
    dayzero = str(Path(sys.executable).with_name("dayzero"))
    compare(
        "dayzero --help (bar: 2.3)",
        {"python -c 'import click'": python("import click"), "dayzero --help": [dayzero, "--help"]},
        2 * args.runs,
    )


def plan(args: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        school = Path(folder) / "school"
        dayzero = str(Path(sys.executable).with_name("dayzero"))
        subprocess.run(
            [dayzero, "school", "new", str(school), "--students", str(args.students)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        programs = {
            "polars.read_csv of the same files": python(READ, str(school)),
            "read, check, decide, plan (service)": python(PLAN, str(school)),
        }
        compare(f"Planning {args.students:,} students from CSV, first sync (bar: 10)", programs, args.runs)
        done = subprocess.run([*python(PLAN, str(school)), "--report"], check=True, capture_output=True, text=True)
        print(done.stdout.rstrip())
        subprocess.run(python("import sys\nfrom bench.planning import cli\ncli(sys.argv[1])", str(school)), check=True)


def generate(args: argparse.Namespace) -> None:
    """Growing and writing a school: against writing its tables alone, and against naming its people with Faker."""
    from bench.generating import YEARS, spent

    runs = min(args.runs, 3)
    with tempfile.TemporaryDirectory() as folder:
        school = Path(folder) / "school"
        dayzero = str(Path(sys.executable).with_name("dayzero"))
        size = ["--students", str(args.students), "--years", str(YEARS)]
        grow = [dayzero, "school", "new", str(school), *size, "--force"]
        grown = [spent(grow) for _ in range(runs)]
        people = sum(len((school / f"{t}.csv").read_bytes().splitlines()) - 1 for t in ("students", "contacts"))
        program = [sys.executable, "-m", "bench.generating", str(args.students), str(runs)]
        written = float(subprocess.run(program, check=True, capture_output=True, text=True).stdout)
        asked = min(people, FAKED)
        named = statistics.median(timed(python(LOOP, str(asked))) for _ in range(runs)) * people / asked
    seconds = statistics.median(cpu for cpu, _ in grown)
    peak = max(megabytes for _, megabytes in grown)
    print(f"\nGenerating and writing a school of {args.students:,} students, {YEARS} years (bar: 20)")
    for name, median in {
        "write_csv of its seven tables": written,
        "dayzero school new": seconds,
        f"Faker name() for its {people:,} people": named,
    }.items():
        print(f"  {name:<44} {median:8.3f} CPU s   x {median / written:6.2f}")
    print(
        f"  peak memory {peak:,.0f} MB (bar: 2,500 at a million students); {named / seconds:.1f} times as fast as Faker (bar: 5)"
    )


def portal(args: argparse.Namespace) -> None:
    """Manage Accounts over a small and a large school: the 95th percentile of each page."""
    people = {"100 accounts": (50, 50), f"{args.students:,} students": (args.students, args.students * 8 // 5)}
    found = {}
    for name, (students, parents) in people.items():
        program = [sys.executable, "-m", "bench.portal", str(students), str(parents), "40"]
        found[name] = json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)
    small, large = found.values()
    print(f"\nManage Accounts, 95th percentile of 40 requests in process (bar: 10): {' / '.join(people)}")
    for page, base in small.items():
        print(f"  {page:<20} {base * 1000:8.1f} ms {large[page] * 1000:8.1f} ms   x {large[page] / base:5.2f}")


def sync(args: argparse.Namespace) -> None:
    """What a first sync costs both sides, beside a bare ``executemany`` of the rows it makes."""
    from bench.sync import first_sync

    with tempfile.TemporaryDirectory() as folder:
        school = f"{folder}/school"
        dayzero = str(Path(sys.executable).with_name("dayzero"))
        subprocess.run(
            [dayzero, "school", "new", school, "--students", str(args.students)], check=True, stdout=subprocess.DEVNULL
        )
        found = first_sync(Path(school))
    both = found["client"] + found["server"]
    print(f"\nA first sync of {args.students:,} students, {found['operations']:,} operations, over loopback (bar: 4)")
    print(f"  {'executemany of the same rows, indexed':<44} {found['bare']:8.3f} CPU s   x  1.00")
    print(f"  {'client and served simulator':<44} {both:8.3f} CPU s   x {both / found['bare']:5.2f}")
    for side, what in (("client", "more than its plan"), ("server", "in all")):
        print(f"  {'  ' + side:<44} {found[side]:8.3f} CPU s   peak {found[side + '_mb']:.0f} MB {what}")
    print(f"  portal {found['state_mb']:.0f} MB, journal {found['journal_mb']:.0f} MB on disk")


def oneroster(args: argparse.Namespace) -> None:
    """Memory of the REST reader's process over a small and a large district, against a client that keeps the records."""
    from bench.oneroster import PAGE, district

    small, large = args.students // 2, args.students * 5
    ways = {
        "records": "keep the users' JSON records (requests)",
        "walk": "walk through the users (the reader)",
        "read": "read all collections, mapped to tables",
    }
    print(
        f"\nOneRoster REST, {PAGE:,} records a page: peak memory above the first page's (bar: flat until the last page)"
    )
    print(f"  {'':<44} {small:>9,} users {large:>9,} users")
    for way, title in ways.items():
        grown, walking = [], []
        for users in (small, large):
            with district(users) as url:
                program = [sys.executable, "-m", "bench.oneroster", way, url]
                found = json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)
            assert found["users"] == users, found["users"]
            peaks = [peak - found["peaks"][0] for peak in found["peaks"]]
            grown.append(peaks[-1] * 2**20)
            walking.append(peaks[-2])
        each = (grown[1] - grown[0]) / (large - small)
        print(f"  {title:<44} {grown[0] / 2**20:12.0f} MB {grown[1] / 2**20:12.0f} MB   {each:6,.0f} bytes a user more")
        if way == "walk":
            print(f"  {'  until the last page, before it hands over':<44} {walking[0]:12.0f} MB {walking[1]:12.0f} MB")


def main() -> None:
    benches = {
        "help": help_,
        "plan": plan,
        "generate": generate,
        "portal": portal,
        "sync": sync,
        "oneroster": oneroster,
    }
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("which", nargs="*", choices=[*benches, []])
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=RUNS, help="counted runs of each program")
    parser.add_argument("--small", action="store_true", help="400 students, one run")
    args = parser.parse_args()
    if args.small:
        args.students, args.runs = 400, 1
    for name in args.which or benches:
        benches[name](args)


main()
