"""The car parks and park-and-ride sites of Nantes, as facts in ``places.csv``.

Names, coordinates, capacities and thresholds as the open-data portal of Nantes Métropole stated them on the day in the
column ``stated`` (data.nantesmetropole.fr, Licence Ouverte 2.0). An empty cell is unknown. Capacities drift over the
years: a record's own grp_exploitation goes before the one here. Opening hours are those of 2013-14, the only ones ever
recorded, and say so. Outlines of the 24 communes: the portal's polygons of 2022-11-15, thinned to about 100 m in such a
way that neighbours still meet.
"""

import csv
from importlib.resources import files

from parking.catalogue.model import Area, Device, Place, Point

CAR_PARK = "car_park"
NAME = "Nantes"
ATTRIBUTION = "Nantes Métropole, Licence Ouverte 2.0"
_CSV = files("sensors.sources.nantes") / "places.csv"
_COMMUNES = files("sensors.sources.nantes") / "communes.csv"


def read_places(tenant: str, source: str, valid_for_s: int) -> list[Place]:
    """All sites, each observed by one counter of the same id, since idobj names the site for good."""
    with _CSV.open(encoding="utf-8") as lines:
        return [
            Place(
                tenant=tenant,
                id=row["idobj"],
                name=row["name"],
                point=Point(float(row["lon"]), float(row["lat"])),
                capacity=_number(row["capacity"]),
                full_at=_number(row["full_at"]),
                address=", ".join(part for part in (row["address"], row["commune"]) if part) or None,
                opening_hours=row["opening_hours"] or None,
                devices=(Device(source=source, id=row["idobj"], valid_for_s=valid_for_s),),
            )
            for row in csv.DictReader(lines)
        ]


def read_communes() -> tuple[Area, ...]:
    """The 24 communes, by their INSEE number."""
    with _COMMUNES.open(encoding="utf-8") as lines:
        return tuple(
            Area(id=row["insee"], name=row["name"], outline=tuple(map(_corner, row["outline"].split())))
            for row in csv.DictReader(lines)
        )


def _corner(text: str) -> Point:
    lon, _, lat = text.partition(",")
    return Point(float(lon), float(lat))


def car_park_ids() -> frozenset[str]:
    """The ids of the 28 public car parks (the others are park-and-ride sites)."""
    with _CSV.open(encoding="utf-8") as lines:
        return frozenset(row["idobj"] for row in csv.DictReader(lines) if row["kind"] == CAR_PARK)


def _number(cell: str) -> int | None:
    return int(cell) if cell else None
