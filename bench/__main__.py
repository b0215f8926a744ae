"""Benchmarks, each beside its reference in one run: machines are noisy, so trust the ratios and not the seconds.

python -m bench                          all of them, at every size that each has, and docs/performance.md anew
python -m bench plan sync --sizes 100k   some, at some sizes
python -m bench --cache FOLDER           keep the schools, the peers and what was measured; what is measured anew replaces it
python -m bench --small                  all of them once over a tiny school, to see that they run
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench import results as kept
from bench.measurements import LINES, MEASUREMENTS
from bench.model import ANY
from bench.report import rows, write
from bench.runner import run, runs_at, wanted
from bench.schools import School

DOCS = Path(__file__).parents[1] / "docs"
SMALL = 400


def size(text: str) -> int:
    """Return a number of students: 2000, 10k, 1M."""
    thousands = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower())
    return int(text[:-1]) * thousands if thousands else int(text)


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser("bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [measurement.name for measurement in MEASUREMENTS]
    parser.add_argument("which", nargs="*", metavar="NAME", help=f"one of: all, {', '.join(names)}")
    parser.add_argument(
        "--sizes",
        type=lambda text: [size(s) for s in text.split(",")],
        default=sorted({s for m in MEASUREMENTS for s in m.sizes if s != ANY}),
    )
    parser.add_argument("--runs", type=int, help="of subject and reference each")
    parser.add_argument(
        "--cache", type=lambda text: Path(text).resolve(), help="a folder that is kept; default: one that is not"
    )
    parser.add_argument("--small", action="store_true", help=f"{SMALL} students, one run, no page")
    args = parser.parse_args()
    if strange := set(args.which) - {*names, "all"}:
        parser.error(f"no such measurement: {', '.join(sorted(strange))}")
    args.chosen = [m for m in MEASUREMENTS if not args.which or {m.name, m.group, "all"} & set(args.which)]
    return args


def main() -> int:
    """Measure, print, write the page; return 1 where something failed."""
    args = arguments()
    with tempfile.TemporaryDirectory(dir=args.cache and _made(args.cache)) as folder:
        scratch = Path(folder)
        cache = args.cache or _made(scratch / "cache")
        results = kept.Results(kept.machine()) if args.small else kept.load(cache)
        whole = measure(args, cache, scratch, results)
        write(_made(scratch / "docs") if args.small else DOCS, MEASUREMENTS, LINES, results)
    return 0 if whole else 1


def measure(args: argparse.Namespace, cache: Path, scratch: Path, results: kept.Results) -> bool:
    """Run what was asked for, put it among the results, and say whether nothing failed."""
    whole = True
    schools: dict[int, School] = {}
    for students, measurement in wanted(args.chosen, [SMALL] if args.small else args.sizes, only=args.small):
        school = schools.setdefault(students, School(students, cache, scratch))
        measured = run(measurement, school, args.runs or (1 if args.small else runs_at(students)))
        whole = whole and not measured.failed
        results.put(measurement.name, students, measured)
        if not args.small:
            kept.save(cache, results)  # after each: what took half an hour is not lost with the last of it
        print(f"\n{measurement.title}{'' if students == ANY else f', {students:,} students'}")
        for _, what, bar, *cells in rows(measurement, students, results):
            print(f"  {what:<48} {bar:<20} {'  '.join(f'{cell:>16}' for cell in cells)}", flush=True)
    return whole


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
