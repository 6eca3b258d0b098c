"""What ``placelibre simulate`` does: a scenario played into a folder, and how fast that went."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sensors.simulator.files import Summary, write_run
from sensors.simulator.scenario import Scenario


class Played(NamedTuple):
    """What was written, and the messages a second, writing included."""

    summary: Summary
    seconds: float
    events_per_s: int


def play(scenario: Scenario, folder: Path, tenant: str, on_progress: Callable[[int, int], None]) -> Played:
    """Write a scenario's files; see sensors.simulator.files."""
    begun = time.perf_counter()
    summary = write_run(scenario, folder, tenant, on_progress)
    seconds = time.perf_counter() - begun
    return Played(summary, round(seconds, 3), round(summary.messages / seconds))
