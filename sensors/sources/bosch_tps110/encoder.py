"""The frames of simulated sensors of this make, many at once: the other direction of ``wire``."""

from sensors.simulator.chance import Bytes
from sensors.simulator.told import BEAT, CHANGE, Told, as_rows

BEAT_EVERY_S = 24 * 3600
"""How often it speaks though nothing changes. A day is assumed: docs/mapping/bosch_tps110.md."""


def encode(kind: int, told: Told) -> tuple[int, Bytes]:
    """A port for each kind."""
    if kind == CHANGE:
        return 1, as_rows(told, told.taken)
    if kind == BEAT:
        return 2, as_rows(told, told.taken, told.celsius)
    return 3, as_rows(told, *[0] * 12, 0, 31, 4, 2, told.taken)
