from typing import final

from typing_extensions import Buffer

__test__: dict[str, str]

@final
class NearestIndex:
    """The native nearest-free index; the contract, with units, shapes and errors, is geo.nearest.NearestIndex.

    Not promised: that an index can be pickled or built twice. Readers need no lock; writers take turns by themselves.
    """

    def __init__(self, lons: Buffer, lats: Buffer) -> None: ...
    def __len__(self) -> int: ...
    @property
    def nbytes(self) -> int: ...
    def set(self, index: int, free: int, unknown: int = 0) -> None: ...
    def set_batch(self, indexes: Buffer, free: Buffer, unknown: Buffer) -> None: ...
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
    ) -> int: ...
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
    ) -> None: ...
    def count_radius(
        self, lon: float, lat: float, radius_m: float, need: int, include_unknown: bool = False
    ) -> int: ...
    def count_bbox(
        self, west: float, south: float, east: float, north: float, need: int, include_unknown: bool = False
    ) -> int: ...
    def is_consistent(self) -> bool: ...
