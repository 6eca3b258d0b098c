"""Makes what lies beside it: a small town that does not exist, and one day of it. ``python -m samples.make``.

The same files every time; ``tests/test_samples.py`` holds them to it. What each is: README.md beside this.
"""

import base64
import csv
import io
import json
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sensors.simulator.nantes_day import occupied_share

HERE = Path(__file__).parent
PARIS = ZoneInfo("Europe/Paris")
DAY = datetime(2026, 5, 4, tzinfo=PARIS)
OPENS, CLOSES = 7, 20
EVERY = timedelta(minutes=15)
SEED = 19
STREET, BAYS = "rue-des-lilas", 12
BAY_STEP = 0.000072
"""Degrees of longitude between two bays: 5.5 m at this latitude."""

SENSOR = "nwave_nps405"
FREE = b"\x80"
"""A frame of that sensor: free, after 64 minutes occupied."""


class CarPark(NamedTuple):
    """A car park that does not exist. ``silent_from`` is the hour at which its counter breaks, local time."""

    id: str
    name: str
    lon: float
    lat: float
    capacity: int
    height_cm: int | None
    address: str
    opening_hours: str
    silent_from: int = 24


CAR_PARKS = (
    CarPark("gare", "Parking de la Gare", -1.0062, 47.0031, 480, None, "Place de la Gare", "24/7"),
    CarPark("halles", "Parking des Halles", -1.0003, 47.0002, 220, 190, "1 rue du Marché", "Mo-Su 06:00-24:00"),
    CarPark("hopital", "Parking de l’Hôpital", -0.9941, 46.9978, 90, None, "Allée des Soins", "24/7", silent_from=15),
    CarPark("quai", "Parking du Quai", -1.0034, 46.9969, 150, None, "Quai des Mariniers", "24/7"),
    CarPark("theatre", "Parking du Théâtre", -0.9987, 47.0021, 310, 200, "Place du Théâtre", "Mo-Su 07:00-26:00"),
)

CITY = """\
# What a town says of itself: docs/catalogue.md. This one does not exist.
name = "Exempleville"
zone = "Europe/Paris"
languages = ["fr", "en"]
attribution = "Exempleville, données inventées"
licence = "EUPL-1.2"

[located]
fr = "à Exempleville"
en = "in Exempleville"

[view]
lon = -1.0
lat = 47.0
zoom = 14.5
"""


def make() -> dict[str, str]:
    """Every sample's text by its path from here."""
    town = "exempleville"
    return {
        f"{town}/city.toml": CITY,
        f"{town}/car-parks.csv": _table(_sites()),
        f"{town}/street.geojson": _json({"type": "FeatureCollection", "features": list(_street())}),
        f"{town}/devices.csv": _table(_devices()),
        f"{town}/uplink.json": _json(_uplink()),
        f"a-day/{DAY:%Y-%m-%d}.csv": _table(_counts()),
        "a-day/meta-data.csv": _table(_lots()),
    }


def _sites() -> Iterable[Mapping[str, object]]:
    for one in CAR_PARKS:
        row = one._asdict()
        del row["silent_from"]
        yield row


def _street() -> Iterable[dict[str, Any]]:
    """The street's outline, and its bays along it: the first for badge holders, the last for electric cars."""
    west, south, east, north = -1.00046, 47.00085, -0.99952, 47.00093
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    about = {"id": STREET, "name": "Rue des Lilas", "kind": "zone"}
    yield _feature({"type": "Polygon", "coordinates": [corners]}, about)
    for number in range(1, BAYS + 1):
        audience = {1: "disabled", BAYS: "ev"}.get(number, "public")
        point = [round(west + BAY_STEP * (number + 0.5), 6), 47.00089]
        space = {"zone": STREET, "space": str(number), "audiences": audience}
        yield _feature({"type": "Point", "coordinates": point}, space)


def _feature(geometry: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _devices() -> Iterable[Mapping[str, object]]:
    """A counter at each car park, and a sensor under each bay."""
    for one in CAR_PARKS:
        yield {"source": "counter", "device": f"counter-{one.id}", "place": one.id, "space": ""}
    for number in range(1, BAYS + 1):
        yield {"source": SENSOR, "device": _eui(number), "place": STREET, "space": number}


def _eui(number: int) -> str:
    return f"e0e0e0e0000000{number:02x}"


def _uplink() -> dict[str, Any]:
    """The sensor of bay 3, as ChirpStack v4 passes it on; without a time, so that it is heard when it is sent."""
    device = {"applicationName": "rue-des-lilas", "devEui": _eui(3), "tags": {"simulated": "true"}}
    return {"deviceInfo": device, "fCnt": 1, "fPort": 1, "data": base64.b64encode(FREE).decode()}


def _counts() -> Iterable[Mapping[str, object]]:
    """How many are vacant, each quarter of an hour from 7 to 20; one impossible number, one counter that breaks."""
    chance = random.Random(SEED)
    for quarter in range((CLOSES - OPENS) * 4 + 1):
        at = DAY + timedelta(hours=OPENS) + quarter * EVERY
        cells: dict[str, object] = {"timestamp": at.astimezone(UTC).isoformat()}
        for one in CAR_PARKS:
            share = occupied_share(at.hour + at.minute / 60, random.Random(f"{SEED}/{one.id}"))
            taken = round(one.capacity * min(1.0, share + chance.uniform(-0.01, 0.01)))
            cells[one.id] = "" if at.hour >= one.silent_from else one.capacity - max(0, taken)
        if (at.hour, at.minute) == (11, 30):
            cells["quai"] = 999
        yield cells


def _lots() -> Iterable[Mapping[str, object]]:
    for one in CAR_PARKS:
        yield {
            "place_id": one.id, "place_name": one.name, "city_name": "", "num_all": one.capacity,
            "address": one.address, "latitude": one.lat, "longitude": one.lon,
        }  # fmt: skip


def _table(rows: Iterable[Mapping[str, object]]) -> str:
    text, all_rows = io.StringIO(), list(rows)
    writer = csv.DictWriter(text, list(all_rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(all_rows)
    return text.getvalue()


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write every sample beside this file."""
    for name, text in make().items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
