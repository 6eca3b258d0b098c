"""The frames of simulated sensors of this make, many at once: the other direction of ``wire``."""

from sensors.simulator.chance import Bytes
from sensors.simulator.told import CHANGE, START, Told, as_rows

BEAT_EVERY_S = 24 * 3600
"""How often it speaks though nothing changes. A day is assumed: docs/mapping/placepod.md."""


def encode(kind: int, told: Told) -> tuple[int, Bytes]:
    """Status; keep-alive with temperature and battery; rebooted with status."""
    if kind == CHANGE:
        return 1, as_rows(told, 0x15, 0x66, told.taken)
    if kind == START:
        return 1, as_rows(told, 0x3F, 0x01, 0x01, 0x15, 0x66, told.taken)
    tenths, hundredths = told.celsius * 10, told.millivolts // 10
    values = (0x02, 0x67, tenths >> 8, tenths, 0x03, 0x02, hundredths >> 8, hundredths)
    return 1, as_rows(told, 0x37, 0x66, told.taken, *values)
