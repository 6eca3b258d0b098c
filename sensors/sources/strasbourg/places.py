"""The car parks of Strasbourg, as facts in ``places.csv``, by the ``ident`` that both of its feeds use.

Points as the city's own map stated them in 2019, names and capacities as the portal did on 2020-12-20 (29: in 2019). An
empty cell is unknown. A record's own capacity goes before the one here.
"""

import csv
from importlib.resources import files

from parking.catalogue.model import Device, Place, Point

NAME = "Strasbourg"
_CSV = files("sensors.sources.strasbourg") / "places.csv"


def read_places(tenant: str, source: str, valid_for_s: int) -> list[Place]:
    """All car parks we know, each observed by one counter of the same id."""
    with _CSV.open(encoding="utf-8") as lines:
        return [
            Place(
                tenant=tenant,
                id=row["ident"],
                name=row["name"] or f"{NAME} {row['ident']}",
                point=Point(float(row["lon"]), float(row["lat"])) if row["lon"] else None,
                capacity=int(row["capacity"]),
                devices=(Device(source=source, id=row["ident"], valid_for_s=valid_for_s),),
            )
            for row in csv.DictReader(lines)
        ]
