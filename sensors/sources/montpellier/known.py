"""What is known of the car parks beside their readings, as facts in ``places.csv``.

``capacity`` is what the first reading said (2026-01-12). The series has no coordinates: a point is given where two
unrelated public maps of these car parks agree within 150 m, and left empty where they do not.
"""

import csv
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

from parking.catalogue.model import Point

_CSV = files("sensors.sources.montpellier") / "places.csv"


class MontpellierCarPark(NamedTuple):
    """A capacity, and a point or None."""

    capacity: int
    point: Point | None


@cache
def read_known() -> MappingProxyType[str, MontpellierCarPark]:
    """What is known, by the car park's name in the series."""
    with _CSV.open(encoding="utf-8") as lines:
        return MappingProxyType({row["name"]: _known(row) for row in csv.DictReader(lines)})


def _known(row: dict[str, str]) -> MontpellierCarPark:
    point = Point(float(row["lon"]), float(row["lat"])) if row["lon"] else None
    return MontpellierCarPark(int(row["capacity"]), point)
