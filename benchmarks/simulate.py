"""How fast the simulator is on one core: everything but writing to disk.

    python -m benchmarks.simulate                                    the rows of docs/benchmarks.md (half a minute)
    python -m benchmarks.simulate --bays 50000 --hours 24 --json     one city

Each row runs in a process of its own, so its peak of memory is its own. Faults are on: one sensor in twenty, and one
uplink in a hundred each lost, twice, late and held back. Ends with 1 where a row is below 200,000 messages a second.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import msgspec

from sensors.simulator.running import Simulation
from sensors.simulator.scenario import Scenario, with_faulty

MUST_PER_S = 200_000
ROWS = ((3_000, 28, 24.0), (50_000, 200, 24.0), (6_500_000, 2_000, 0.25))


def measure(bays: int, car_parks: int, hours: float) -> dict[str, float]:
    """One run, its windows thrown away as they come."""
    radio = dict.fromkeys(("lost", "duplicated", "delayed", "disorder"), 0.01)
    sound = msgspec.structs.replace(Scenario(bays=bays, car_parks=car_parks, hours=hours), **radio)
    begun = time.perf_counter()
    simulation = Simulation(with_faulty(sound, 0.05))
    ready = time.perf_counter()
    messages = truth = 0
    for window in simulation.windows():
        messages += len(window.messages)
        truth += len(window.truth.us)
    done = time.perf_counter()
    return {
        "bays": bays,
        "car_parks": car_parks,
        "hours": hours,
        "messages": messages,
        "truth": truth,
        "begin_s": round(ready - begun, 3),
        "run_s": round(done - ready, 3),
        "messages_per_s": round(messages / (done - ready)),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Measure one city here, or each of the rows in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bays", type=int)
    parser.add_argument("--car-parks", type=int, default=28)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.bays is None:
        rows = [_elsewhere(*row) for row in ROWS]
    else:
        rows = [measure(asked.bays, asked.car_parks, asked.hours)]
    if asked.json:
        print(json.dumps(rows if asked.bays is None else rows[0]))
    else:
        for row in rows:
            print("  ".join(f"{name} {value:,}" for name, value in row.items()))
    sys.exit(any(row["messages_per_s"] < MUST_PER_S for row in rows))


def _elsewhere(bays: int, car_parks: int, hours: float) -> dict[str, float]:
    asked = ["--bays", str(bays), "--car-parks", str(car_parks), "--hours", str(hours), "--json"]
    ran = subprocess.run([sys.executable, "-m", "benchmarks.simulate", *asked], stdout=subprocess.PIPE, check=False)
    row: dict[str, float] = json.loads(ran.stdout)
    return row


if __name__ == "__main__":
    main()
