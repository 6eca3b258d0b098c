"""What a made-up sensor is to say, many at once, and rows of bytes for its frames.

The encoder of a make lies in its own folder: ``sensors/sources/<make>/encoder.py``, the other direction of ``wire``.
"""

from typing import NamedTuple

import numpy as np

from sensors.simulator.chance import Bytes, Integers

CHANGE, BEAT, START = range(3)
"""Why a sensor speaks: its state changed, it is time, it was switched on."""


class Told(NamedTuple):
    """What frames are to say, an array each: the state, the minutes in the state before, the counter, °C, mV."""

    taken: Integers
    minutes: Integers
    f_cnt: Integers
    celsius: Integers
    millivolts: Integers


def as_rows(told: Told, *columns: Integers | int) -> Bytes:
    """The lower eight bits of each column, a row a frame."""
    rows = np.empty((len(told.taken), len(columns)), np.uint8)
    for place, column in enumerate(columns):
        rows[:, place] = np.asarray(column) & 0xFF
    return rows
