"""One Protocol over the nearest-free index: the native one where it was built, its brute-force twin elsewhere."""

from typing import Protocol

from typing_extensions import Buffer

from geo.reference import MAX_K, MAX_RADIUS_M, ReferenceIndex

__all__ = ["MAX_K", "MAX_RADIUS_M", "NATIVE", "Build", "NearestIndex", "build"]


class NearestIndex(Protocol):
    """Points that never move, each with what is free and what is unknown there; ids are indexes into ``lons``.

    All buffers are flat and contiguous: ``d`` float64, ``I`` uint32, ``H`` uint16 (array.array, NumPy). Positions are
    held to 9.3 mm. Distances are great circles on a sphere of R1 = 6371008.8 m (up to 0.56 % off the ellipsoid), never
    along streets. Raises ValueError (naming the argument and its range), IndexError for an id that is not there, and
    TypeError for a buffer of other items.
    """

    def __len__(self) -> int: ...

    @property
    def nbytes(self) -> int:
        """Bytes held, all arrays together."""

    def set(self, index: int, free: int, unknown: int = 0) -> None:
        """One point's words: the eligibility bits of what is free there, and of what is unknown."""

    def set_batch(self, indexes: Buffer, free: Buffer, unknown: Buffer) -> None:
        """Many points' words (``I``, ``H``, ``H``); nothing is set where any index is out of range."""

    def nearest(
        self,
        lon: float,
        lat: float,
        k: int,
        radius_m: float,
        need: int,
        out_indexes: Buffer,
        out_distances: Buffer,
        include_unknown: bool = False,
    ) -> int:
        """Write the nearest points with any bit of ``need`` free within ``radius_m``; returns how many (at most k).

        ``out_indexes`` (``I``) and ``out_distances`` (``d``, metres) hold at least ``k`` items; k is 1..1000, the
        radius 0..20015114 (inclusive), ``need`` a mask of 1..65535. Order: distance, then id. With ``include_unknown``
        a bit that is unknown counts as well. Beside a writer: every point that was free throughout is found.
        """

    def nearest_many(
        self,
        lons: Buffer,
        lats: Buffer,
        k: int,
        radius_m: float,
        need: int,
        out_indexes: Buffer,
        out_distances: Buffer,
        out_counts: Buffer,
        include_unknown: bool = False,
    ) -> None:
        """``nearest`` for n points at once; answers of query q begin at q x k. The native one releases the GIL."""

    def count_radius(self, lon: float, lat: float, radius_m: float, need: int, include_unknown: bool = False) -> int:
        """How many points within ``radius_m`` have any bit of ``need`` free."""

    def count_bbox(
        self, west: float, south: float, east: float, north: float, need: int, include_unknown: bool = False
    ) -> int:
        """How many in the box (edges included) have any bit of ``need`` free; west > east crosses 180 degrees."""

    def is_consistent(self) -> bool:
        """Whether the inner sums are what the points say, at a moment when nobody writes."""


class Build(Protocol):
    """Builds an index from longitudes and latitudes in degrees (``d``); nothing is free yet."""

    def __call__(self, lons: Buffer, lats: Buffer) -> NearestIndex:
        """See the class."""


build: Build
NATIVE: bool
try:
    from _accel.nearest import NearestIndex as _Native
except ImportError:  # no compiler when this was installed: slower, not wrong
    build, NATIVE = ReferenceIndex, False
else:
    build, NATIVE = _Native, True
