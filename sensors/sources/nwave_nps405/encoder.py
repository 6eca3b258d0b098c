"""The frames of simulated sensors of this make, many at once: the other direction of ``wire``."""

import numpy as np

from sensors.simulator.chance import Bytes, Integers
from sensors.simulator.told import BEAT, CHANGE, Told, as_rows

BEAT_EVERY_S = 3 * 3600
"""How often it speaks though nothing changes: docs/mapping/nwave_nps405.md."""


def encode(kind: int, told: Told) -> tuple[int, Bytes]:
    """A change says how long the state before lasted, in seven bits."""
    if kind == CHANGE:
        return 1, as_rows(told, minute_codes(told.minutes) << 1 | told.taken)
    if kind == BEAT:
        return 2, as_rows(told, told.taken, (told.millivolts - 2500) // 4, (told.celsius - 10) * 2, 0, 0, 0)
    return 3, as_rows(told, 2, 7, 0, 2, told.taken)


def minute_codes(minutes: Integers) -> Integers:
    """Minutes as Nwave's seven bits: by 1 below 90, by 5 below 240, by 60 below 660, and no more than that."""
    steps = [minutes, 90 + (minutes - 90) // 5, 120 + (minutes - 240) // 60]
    return np.select([minutes < 90, minutes < 240, minutes < 660], steps, 127)
