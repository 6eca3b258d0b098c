"""The nearest-free index and those it is measured against, one file each, behind one small Protocol."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo.reference import RADIUS_M

K = 10
REACH_M = 2000.0

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]
Answer = tuple[list[int], list[float]]
"""Ids and distances in metres, nearest first; not promised: an order between two that are equally far."""


class Rival(Protocol):
    """Finds the 10 nearest free spaces within 2 km of a position (degrees, WGS 84 taken as a sphere)."""

    name: str
    exact: bool
    """Whether its distances must be ours (to 2 cm)."""

    def build(self, lons: Doubles, lats: Doubles, free: Flags) -> None:
        """Take the positions in, and what is free at the start; ids are indexes. Called once."""

    @property
    def toggle(self) -> Callable[[int, bool], object]:
        """Space i is free from now on, or no longer is; only ever called with what changes something."""

    def nearest(self, lon: float, lat: float) -> Answer:
        """The answer, for whoever wants to compare it."""

    def ask_all(self, lons: Sequence[float], lats: Sequence[float]) -> None:
        """Ask from Python, one position at a time, in the quickest way there is, and drop the answers."""

    def held_bytes(self) -> int | None:
        """Everything held for this job, or None where nobody can tell."""

    def close(self) -> None:
        """Give back what outlives the object."""


class OneByOne:
    """Asks by calling ``nearest``: right wherever a Python frame more (50 ns) does not show."""

    def nearest(self, lon: float, lat: float) -> Answer:
        """See Rival."""
        raise NotImplementedError

    def ask_all(self, lons: Sequence[float], lats: Sequence[float]) -> None:
        """See Rival."""
        for lon, lat in zip(lons, lats, strict=True):
            self.nearest(lon, lat)

    def close(self) -> None:
        """Nothing outlives the object."""


def on_sphere(lons: Doubles, lats: Doubles) -> Doubles:
    """Positions in three dimensions, in metres, shape (n, 3): there the chord puts points into the order of the arc."""
    east, north = np.radians(lons), np.radians(lats)
    flat = np.cos(north)
    return RADIUS_M * np.column_stack((flat * np.cos(east), flat * np.sin(east), np.sin(north)))
