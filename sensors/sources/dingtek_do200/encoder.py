"""The frames of simulated sensors of this make, many at once: the other direction of ``wire``."""

import numpy as np

from sensors.simulator.chance import Bytes
from sensors.simulator.told import CHANGE, Told, as_rows

BEAT_EVERY_S = 24 * 3600
"""How often it speaks though nothing changes. A day is assumed: docs/mapping/dingtek_do200.md."""


def encode(kind: int, told: Told) -> tuple[int, Bytes]:
    """Alarm and periodic reports of a DO200; it has no frame of its own for a start."""
    level = np.where(told.taken, 180, 2400)
    volts = told.millivolts // 10
    body = (level >> 8, level, told.taken << 4, 0, volts >> 8, volts, 0, 40 + 200 * told.taken, 0xFF, 0xE6, 1, 0x1B)
    report = 2 if kind == CHANGE else 1
    return 3, as_rows(told, 0x80, 0, 2, report, 21, *body, told.f_cnt >> 8, told.f_cnt, 0, 0x81)
