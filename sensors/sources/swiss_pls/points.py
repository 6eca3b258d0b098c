"""Where the car parks are, as facts in ``points.csv``: the snapshots do not say it.

Basel and Zürich as the ParkAPI project lists them (park_api/cities, MIT), St. Gallen as its portal stated them on
2025-10-07. A car park without a row has no point: all of Luzern, and Basel's Messe, which that list puts elsewhere.
"""

import csv
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from parking.catalogue.model import Point

_CSV = files("sensors.sources.swiss_pls") / "points.csv"


@cache
def read_points() -> MappingProxyType[str, Point]:
    """Points by place id."""
    with _CSV.open(encoding="utf-8") as lines:
        return MappingProxyType(
            {row["id"]: Point(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(lines)}
        )
