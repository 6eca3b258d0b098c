"""The frames of simulated sensors of this make, many at once: the other direction of ``wire``."""

from sensors.simulator.chance import Bytes
from sensors.simulator.told import START, Told, as_rows

BEAT_EVERY_S = 24 * 3600
"""How often it speaks though nothing changes. A day is assumed: docs/mapping/libelium_parking.md."""


def encode(kind: int, told: Told) -> tuple[int, Bytes]:
    """Types info, keep-alive and start1; the bytes that differ by firmware are 0."""
    head = told.taken << 7 | (0, 1, 4)[kind]
    rest = (18, 0) if kind == START else (0, told.celsius)
    return 3, as_rows(told, head, told.f_cnt, *rest, *[0] * 7)
