"""The frames of simulated sensors of this make, many at once: the other direction of ``wire``."""

from sensors.simulator.chance import Bytes
from sensors.simulator.told import START, Told, as_rows

BEAT_EVERY_S = 3 * 3600
"""How often it speaks though nothing changes: docs/mapping/nwave_nps310sm.md."""


def encode(kind: int, told: Told) -> tuple[int, Bytes]:
    """One byte, or five at the start."""
    return (3, as_rows(told, 1, 13, 0, 2, told.taken)) if kind == START else (1 + kind, as_rows(told, told.taken))
