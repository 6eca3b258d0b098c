"""The whole path of a worker, ours and six others in one run: decode, fold, keep, changes topic, live value in Redis.

    python -m benchmarks.rivals.stream_install          the rivals, once (outside the checkout and our environment)
    python -m benchmarks.stream --events 300000 --json  the figures of docs/benchmarks.md
    python -m benchmarks.stream --only placelibre,stock
    python -m benchmarks.stream --latency 1000          our worker: produced to read from Redis, at 1,000 a second
    python -m benchmarks.stream --recovery              our worker: kill -9 to the first new change

Observations of 50,000 random spaces in 500 zones and of 100 counted sites lie in Kafka before anybody starts. Each
rival in turn has a fresh group, fresh files and an empty Redis, and one core of its own; Kafka, Valkey and whoever
watches have the others. The clock is the same for everybody: it runs from the first effect that shows in Redis to the
last (every partition's end is in Redis), and counts the events that did not show at that first look. So start-up is not
in it. Nor is, for anybody, what is flushed to a changelog later. An answer that is not the truth computed from the same
events is reported as wrong and has no pace. Ends with 1 if a rival is wrong or fails.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.rivals.stream_rival import StreamRival
from benchmarks.stream_suite import latency, machine, recovery, report, runs, work
from benchmarks.stream_suite.roster import ROSTER
from ops.local import stack
from ops.settings import Settings, load_settings

PORT = 29092
err = Console(stderr=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stream", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [rival.name for rival in ROSTER]
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--seed", type=int, default=44109)
    parser.add_argument("--only", metavar="NAMES", help=f"of {','.join(names)} (default: all that are installed)")
    parser.add_argument("--latency", type=float, metavar="RATE", help="observations a second, for 20 s, ours alone")
    parser.add_argument("--recovery", action="store_true", help="kill -9 to the first new change, ours alone")
    parser.add_argument("--port", type=int, default=PORT, help="of Kafka; Valkey's is two higher (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    asked = parser.parse_args()
    asked.only = asked.only.split(",") if asked.only else names
    if unknown := set(asked.only) - set(names):
        parser.error(f"there is no rival {', '.join(sorted(unknown))}; choose from {', '.join(names)}")
    if asked.events < 1 or asked.partitions < 1 or (asked.latency is not None and asked.latency <= 0):
        parser.error("--events, --partitions and --latency must be more than 0")
    return asked


@contextmanager
def servers(partitions: int, port: int) -> Iterator[Settings]:
    """A Kafka and a Valkey for this run alone."""
    with tempfile.TemporaryDirectory(prefix="placelibre-bench-") as scratch:
        settings = load_settings(
            kafka=f"127.0.0.1:{port}", redis=f"redis://127.0.0.1:{port + 2}/0", partitions=partitions,
            data_dir=Path(scratch),
        )  # fmt: skip
        started = stack.up(settings, lambda line: err.print(f"· {line}"), attached=True)
        try:
            yield settings
        finally:
            stack.down(settings, started)


def compare(settings: Settings, rivals: list[StreamRival], events: int, seed: int, core: set[int]) -> dict[str, Any]:
    """Every rival over the same events."""
    load = round(os.getloadavg()[0], 2)
    loads: dict[int, work.Load] = {}
    rows = []
    for rival in rivals:
        if (reason := rival.unavailable()) is not None:
            rows.append({"rival": rival.name, "verdict": f"left out: {reason}"})
            continue
        size = min(events, rival.at_most or events)
        if size not in loads:
            with err.status(f"producing {size:,} events"):
                loads[size] = asyncio.run(work.produce(settings, f"bench{len(loads)}", size, seed))
        with err.status(f"{rival.name}: folding {size:,} events"):
            rows.append(runs.measure(rival, settings, loads[size], core))
        err.print(f"· {rival.name}: {rows[-1].get('events_per_s', '-')} events/s, {rows[-1]['verdict']}", markup=False)
    report.add_ratios(rows)
    return {"events": events, "partitions": settings.partitions, "cores": os.cpu_count(), "load_before": load,
            "rivals": rows}  # fmt: skip


def main() -> None:
    """Measure, print one table or one JSON object, and end with 1 where an answer was wrong."""
    asked = _arguments()
    core, others = machine.cores()
    machine.pin(others)
    with servers(asked.partitions, asked.port) as settings:
        if asked.latency is not None:
            with err.status(f"{asked.latency:g} observations a second"):
                result = asyncio.run(latency.measure(settings, asked.latency, core))
        elif asked.recovery:
            with err.status("filling, killing, waiting"):
                result = asyncio.run(recovery.measure(settings, core))
        else:
            rivals = [rival for rival in ROSTER if rival.name in asked.only]
            result = compare(settings, rivals, asked.events, asked.seed, core)
    if asked.json or "rivals" not in result:
        print(json.dumps(result))
    else:
        report.show(result, Console())
    bad = [row for row in result.get("rivals", ()) if row["verdict"].startswith(("wrong", "failed"))]
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
