"""The nearest-free index against those who could do its job, everything in one run.

    python -m benchmarks.nearest --spaces 50000 --occupied 0.9 --json     the figures of docs/benchmarks.md (1 minute)
    python -m benchmarks.nearest                                          the same as a table
    python -m benchmarks.nearest --large 0                                without the city of 6.5 million
    python -m benchmarks.nearest --sweep --plot benchmarks/out/nearest.png   a picture over 1k..6.5M (some minutes)

Asked is for the 10 nearest free spaces within 2 km, from Python, one position at a time. Ends with 1 if a must fails.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from geo.nearest import NATIVE

try:
    from benchmarks.nearest_suite import goals, runs, table
    from benchmarks.nearest_suite.runs import Row
    from benchmarks.rivals import REACH_M, K, Rival
    from benchmarks.rivals.brute_numpy import BruteNumpy
    from benchmarks.rivals.ckdtree import CKDTree
    from benchmarks.rivals.ours import Ours
    from benchmarks.rivals.redis_geo import RedisGeo
    from benchmarks.rivals.rtree_free import RtreeFree
except ImportError as missing:
    raise SystemExit(f"{missing}: the rivals come with `pip install -e '.[bench]'`") from missing

KINDS: list[Callable[[], Rival]] = [Ours, RtreeFree, CKDTree, RedisGeo, BruteNumpy]
SWEEP = (1_000, 5_000, 50_000, 500_000)
LARGE = 6_500_000


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.nearest", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spaces", type=int, default=50_000, help="how many spaces the city has (default 50000)")
    parser.add_argument("--occupied", type=float, default=0.9, help="which share of them is taken (default 0.9)")
    parser.add_argument("--large", type=int, default=LARGE, metavar="N",
                        help="measure placelibre alone in a city of N too (default 6500000; 0: do not)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=44109, help="another city (default 44109)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--sweep", action="store_true", help="measure 1k, 5k, 50k and 500k as well, and plot them")
    parser.add_argument("--plot", type=Path, default=Path("benchmarks/out/nearest.png"), metavar="PATH",
                        help="where --sweep puts its PNG (default benchmarks/out/nearest.png)")  # fmt: skip
    asked = parser.parse_args()
    if not (asked.spaces >= 100 and 0 < asked.occupied < 1):
        parser.error("--spaces must be at least 100, and --occupied between 0 and 1")
    return asked


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on stderr that moves at every word."""
    bar = Progress(TextColumn("{task.description:58}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                   console=Console(stderr=True), transient=True)  # fmt: skip
    with bar:
        task = bar.add_task("", total=total)

        def say(what: str) -> None:
            bar.update(task, advance=1, description=what)

        yield say


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """The whole result, ready for JSON."""
    machine = _machine()
    others = [spaces for spaces in SWEEP if spaces != asked.spaces] if asked.sweep else []
    total = runs.steps(len(KINDS)) * (1 + len(others)) + (runs.steps(1) if asked.large else 0)
    with _progress(total) as say:
        rows = runs.run(asked.spaces, asked.occupied, asked.seed, KINDS, say)
        large = runs.run(asked.large, asked.occupied, asked.seed, [Ours], say)[0] if asked.large else None
        sweep: list[Row] = []
        for spaces in others:
            sweep += runs.run(spaces, asked.occupied, asked.seed, KINDS, say)
    result = {"benchmark": "nearest", "spaces": asked.spaces, "occupied": asked.occupied, "k": K, "radius_m": REACH_M,
              "seed": asked.seed, "machine": machine, "rivals": rows, "large": large,
              "goals": goals.goals(rows, large)}  # fmt: skip
    if asked.sweep:
        result["sweep"] = sweep
        result["plot"] = str(asked.plot)
    return result


def _plot(result: dict[str, Any], path: Path) -> None:
    try:
        from benchmarks.nearest_suite.plot import draw
    except ImportError as missing:
        raise SystemExit(f"{missing}: the plot comes with `pip install -e '.[bench]'`") from missing
    rows = [*result["rivals"], *result["sweep"], *([result["large"]] if result["large"] else [])]
    most = max(row["spaces"] for row in rows if "query_ratio" in row)
    how = f"{result['occupied']:.0%} occupied, one density, one run, asked from Python one position at a time"
    draw(rows, path, f"{how}; rivals up to {most:,} spaces only, for time's sake")


def main() -> None:
    """Measure, print, and say by the exit code whether every must was met."""
    asked = _arguments()
    if not NATIVE:
        raise SystemExit("the native index was not built here, and its twin is not what this measures: "
                         "install a C++ compiler and run `pip install -e '.[bench]'`")  # fmt: skip
    result = measure(asked)
    if asked.sweep:
        _plot(result, asked.plot)
    if asked.json:
        print(json.dumps(result))
    else:
        table.show(result, Console())
    sys.exit(any(goal["kind"] == "must" and not goal["ok"] for goal in result["goals"]))


if __name__ == "__main__":
    main()
