"""The frames of simulated sensors of this make, many at once: the other direction of ``wire``."""

from sensors.simulator.chance import Bytes
from sensors.simulator.told import CHANGE, Told, as_rows

BEAT_EVERY_S = 24 * 3600
"""How often it speaks though nothing changes. A day is assumed: docs/mapping/tekzipark.md."""


def encode(kind: int, told: Told) -> tuple[int, Bytes]:
    """What was measured at a change (fPort 2), the head alone otherwise, without beacons."""
    head = told.taken << 7 | 0x28 | (0, 5, 6)[kind]
    if kind != CHANGE:
        return 1, as_rows(told, head, told.celsius, 1)
    return 2, as_rows(
        told, head, told.celsius, 1, 60 * told.taken, 3, 20 * told.taken, 4, 12, 40, 0, 0, 30 * told.taken
    )
