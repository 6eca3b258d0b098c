"""Recorded days of the German series as a city of three feeds and two lane-counted car parks."""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from parking.catalogue.model import Device, Place
from parking.instants import in_text
from sensors.sources.german_series.adapter import INFO, META, places

TENANT = "shift"
CITIES = ("dresden", "vtmanager-duesseldorf", "sw-bielefeld")
LANES = ("lanes-1", "lanes-2")
LIKE = {
    LANES[0]: "sw-bielefeld-parken-Parkhaus-Am-Zwinger",
    LANES[1]: "vtmanager-duesseldorf-parken-PH-51",
}
"""Whose recorded counts their entries and exits are made of."""

LANE_FEED = "lanes"
LANE_CAPACITY = 400
HOLDS_S = INFO.valid_for_s or 3600


class DayRow(NamedTuple):
    """One row of the collector: its time and the count of each lot, the one before where the cell is empty."""

    at: datetime
    cells: dict[str, str]


def city_of(lot: str) -> str:
    """The feed that a lot is of."""
    return lot.split("-parken")[0]


def read_places(folder: Path, day: str) -> list[Place]:
    """The lots of the three cities whose capacity is stated, and the two made-up lane-counted car parks."""
    recording = (folder / f"{day}.csv").read_bytes()
    sidecars = {META: (folder / META).read_bytes()}
    declared = places(recording, sidecars, tenant=TENANT, received_at=datetime.fromisoformat(f"{day}T00:00:00+00:00"))
    lots = [place for place in declared.places if city_of(place.id) in CITIES and place.capacity]
    return [*(_refed(place) for place in lots), *map(_lane_counted, LANES)]


def _refed(place: Place) -> Place:
    devices = (Device(source=city_of(place.id), id=place.id, valid_for_s=HOLDS_S),)
    return msgspec.structs.replace(place, devices=devices)


def _lane_counted(name: str) -> Place:
    devices = (Device(source=LANE_FEED, id=name, valid_for_s=HOLDS_S),)
    return Place(tenant=TENANT, id=name, name=name, capacity=LANE_CAPACITY, devices=devices)


def read_rows(folder: Path, days: Sequence[str]) -> Iterator[DayRow]:
    """Every row of the days in order."""
    last: dict[str, str] = {}
    for day in days:
        with (folder / f"{day}.csv").open(newline="") as lines:
            for row in csv.DictReader(lines):
                at = datetime.fromisoformat(row.pop("timestamp"))
                last |= {lot: cell for lot, cell in row.items() if cell and city_of(lot) in CITIES}
                yield DayRow(at, dict(last))


def as_body(row: DayRow, city: str) -> bytes:
    """What the feed of a city would send: a table of one row."""
    cells = {lot: cell for lot, cell in row.cells.items() if city_of(lot) == city}
    return f"timestamp,{','.join(cells)}\n{in_text(row.at)},{','.join(cells.values())}\n".encode()
