"""A shift replayed: recorded days through the real fold, with faults put in, and what the operators' alarms made of it.

    python -m benchmarks.shift --data ../shared/data            the table of docs/benchmarks.md (a few minutes)
    python -m benchmarks.shift --data ../shared/data --json

Four days of the German series: car parks of three cities, each city a feed of its own, read by the source's own adapter
and folded as the worker does, a look each minute; the last day is judged. The same days without faults are replayed
beside it: an alarm that the untouched day has as well is the day's own, and every other one must tell of a fault. Ends
with 1 where a fault is missed, an alarm tells of nothing, or there is more than one in ten minutes.

Made up, not recorded: entries and exits of two lane-counted car parks (after a recorded count), what the sign shows,
and the processes' health. An empty cell of the series is an unchanged count or a lost one; here it is unchanged.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.shift_suite.days import read_places, read_rows
from benchmarks.shift_suite.faults import Injection, list_injections
from benchmarks.shift_suite.replay import Replay
from parking.health.alarms.measures import AlarmMeasures, InjectedFault, list_raisings, measure

DAYS = ("2025-12-16", "2025-12-17", "2025-12-18", "2025-12-19")
SERIES = Path("series/germany_parking-data")
MINUTE = timedelta(minutes=1)


def replay(folder: Path, injections: Mapping[str, Injection], days: Sequence[str] = DAYS) -> Replay:
    """All the days, each in a file of its own."""
    running = Replay(read_places(folder, days[-1]), injections)
    clock = midnight(days[0])
    for row in read_rows(folder, days):
        while clock < row.at:
            running.minute(clock)
            clock += MINUTE
        running.take(row)
    while clock < midnight(days[-1]) + timedelta(days=1):
        running.minute(clock)
        clock += MINUTE
    return running


def midnight(day: str) -> datetime:
    """When a day begins."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def own_faults(untouched: Replay, start: datetime) -> list[InjectedFault]:
    """What was wrong with the day itself: each alarm of the untouched day, from when it stood."""
    return [
        InjectedFault(
            name=f"the day's own: {one.alarm}", kinds=frozenset({one.kind}), causes=frozenset({one.cause}),
            start=max(one.at, start) - timedelta(minutes=30), end=one.returned_at or start + timedelta(days=1),
        )
        for one in list_raisings(untouched.words)
        if one.returned_at is None or one.returned_at > start
    ]  # fmt: skip


def run(folder: Path) -> dict[str, Any]:
    """Both replays, in figures."""
    start, end = midnight(DAYS[-1]), midnight(DAYS[-1]) + timedelta(days=1)
    begun = time.perf_counter()
    untouched = replay(folder, {})
    injections = list_injections(midnight(DAYS[0]), start)
    touched = replay(folder, injections)
    took_s = time.perf_counter() - begun
    faults = [injection.fault for injection in injections.values()]
    measured = measure(touched.words, start, end, [*faults, *own_faults(untouched, start)])
    return {
        "places": len(touched.places),
        "observations": touched.observations,
        "look_ms": round(1000 * took_s / (touched.looks + untouched.looks), 2),
        "untouched": figures(measure(untouched.words, start, end)),
        "with_faults": figures(measured),
        "faults": [
            {"name": one.fault.name, "found": one.by is not None, "alarms": one.alarms,
             "kind": one.by.kind.value if one.by else None,
             "after_min": round(one.after / MINUTE) if one.after is not None else None}
            for one in measured.found[: len(faults)]
        ],
        "false": [f"{one.alarm} {one.cause} {one.at:%H:%M}" for one in measured.false or ()],
    }  # fmt: skip


def figures(measured: AlarmMeasures) -> dict[str, Any]:
    """The measures as numbers."""
    plain = msgspec.to_builtins(measured)
    names = ("raised", "per_ten_minutes", "peak", "most_standing", "stale", "chattering")
    return {name: round(plain[name], 3) for name in names}


def main() -> None:
    """Replay and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of recorded data")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    told = run(asked.data / SERIES)
    print(json.dumps(told, indent=2) if asked.json else as_table(told))
    is_good = all(fault["found"] for fault in told["faults"]) and not told["false"]
    sys.exit(0 if is_good and told["with_faults"]["per_ten_minutes"] <= 1 else 1)


def as_table(told: dict[str, Any]) -> str:
    """For docs/benchmarks.md."""
    lines = [
        f"{told['places']} places, {told['observations']:,} observations, a look and fold {told['look_ms']} ms",
        "",
    ]
    lines += ["| the last day | untouched | with faults |", "|---|---|---|"]
    lines += [f"| {name} | {told['untouched'][name]} | {value} |" for name, value in told["with_faults"].items()]
    lines += ["", "| fault | alarm | after, min | alarms of it |", "|---|---|---|---|"]
    lines += [f"| {one['name']} | {one['kind']} | {one['after_min']} | {one['alarms']} |" for one in told["faults"]]
    return "\n".join([*lines, "", f"false: {', '.join(told['false']) or 'none'}"])


if __name__ == "__main__":
    main()
