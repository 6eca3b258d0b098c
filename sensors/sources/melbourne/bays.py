"""Which bays Melbourne has, and how they make zones that a driver can go to.

The fullest lists that were recorded are the inventory where they lie beside a recording: a bay then keeps its zone and
slot whatever the recording says, and a bay that a recording leaves out is known to be silent.

A bay belongs to the first of these that is known of it: its parking zone (a stretch of one side of a street), the
square of about 200 m in which it lies, its street, the hundred of its number.
"""

import math
import re
from collections.abc import Iterator, Mapping

from parking.catalogue.model import Place, Point
from parking.words import Audience
from sensors.bays import Bay, make_zones, natural_order
from sensors.bodies import csv_records
from sensors.contract import RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.points import read_point
from sensors.reading.texts import required_text
from sensors.sources.melbourne.wire import BAY_COLUMN, SEGMENTS, Shape, split

NAME = "Melbourne"
_MARKERS, _KERBSIDE = "sensors_2018-09-08_T16-38.csv", "bay_sensors_2024-04-09.csv"
_INVENTORY = {Shape.SCRAPE: _MARKERS, Shape.VISITS: _MARKERS, Shape.KERBSIDE: _KERBSIDE}
SIDECARS = (SEGMENTS, _MARKERS, _KERBSIDE)
SQUARE = 0.002  # degrees: 222 m by 176 m here
SCRAPE_VALID_FOR_S = 15 * 60
_ORDINARY = frozenset({Audience.PUBLIC})


def read_places(
    info: SourceInfo, recording: bytes | None, sidecars: Mapping[str, bytes], tenant: str, ledger: Ledger
) -> list[Place]:
    """The zones of the inventory and of what a recording adds to it."""
    try:
        shape = Shape.KERBSIDE if recording is None else split(recording)[0]
    except RecordRefusedError:
        return []  # decode refuses the same body, with its bytes
    streets = _read_segments(sidecars.get(SEGMENTS), ledger)
    known = list(_read_bays(sidecars.get(_INVENTORY[shape]), streets, ledger))
    also = list(_read_bays(recording, streets, ledger))
    told = {bay.id: bay.audiences for bay in also if bay.audiences != _ORDINARY}  # the lists have no signs
    bays = [
        bay._replace(audiences=told.get(bay.id, bay.audiences))
        for part in (known, also)
        for bay in sorted(part, key=lambda bay: natural_order(bay.id))
    ]
    valid_for_s = SCRAPE_VALID_FOR_S if shape is Shape.SCRAPE else info.valid_for_s
    return make_zones(info, tenant, bays, valid_for_s)


def _read_segments(table: bytes | None, ledger: Ledger) -> dict[str, str]:
    """A name for each parking zone: its street and ends, or, of several segments, the streets alone."""
    if table is None:
        return {}
    segments: dict[str, list[tuple[str, str]]] = {}
    try:
        for line in csv_records(table)[1]:
            if isinstance(line, RecordRefusedError):
                ledger.refuse(line, table)
                continue
            zone, street, *ends = (line.fields.get(name, "").strip() for name in _SEGMENT_COLUMNS)
            segments.setdefault(zone, []).append((street, " to ".join(end for end in ends if end)))
    except RecordRefusedError as error:
        ledger.refuse(error, table)
    return {zone: _street_name(found)[:_LONGEST_NAME] for zone, found in segments.items()}


_SEGMENT_COLUMNS = ("ParkingZone", "OnStreet", "StreetFrom", "StreetTo")
_LONGEST_NAME = 200


def _street_name(segments: list[tuple[str, str]]) -> str:
    streets = " / ".join(sorted({street for street, _ in segments}))
    return f"{streets}, {segments[0][1]}" if len(segments) == 1 and segments[0][1] else streets


def _read_bays(table: bytes | None, streets: Mapping[str, str], ledger: Ledger) -> Iterator[Bay]:
    """The bays of a table; one whose description is unusable still counts, and lines without a bay are decode's."""
    if table is None:
        return
    try:
        shape, lines = split(table)
    except RecordRefusedError as error:
        ledger.refuse(error, table)
        return
    for line in lines:
        if isinstance(line, RecordRefusedError):
            continue
        try:
            bay = required_text(line.fields, BAY_COLUMN[shape])
        except RecordRefusedError:
            continue
        try:
            point = _point(line.fields, bay)
        except RecordRefusedError as error:
            ledger.refuse(error, line.raw)
            point = None
        yield Bay(bay, *_zone(bay, line.fields, point, streets), point, _audiences(line.fields.get("Sign", "")))


def _point(row: Mapping[str, str], bay: str) -> Point | None:
    """Latitude comes first in ``Location``, and the pair is one cell."""
    lat, lon = row.get("lat", ""), row.get("lon", "")
    if "Location" in row:
        lat, _, lon = row["Location"].partition(",")
    return read_point(lon, lat, bay) if lat.strip() or lon.strip() else None


def _zone(bay: str, row: Mapping[str, str], point: Point | None, streets: Mapping[str, str]) -> tuple[str, str]:
    number, street = row.get("Zone_Number", "").strip(), row.get("StreetName", "").strip()
    if number:
        return f"zone-{number}", streets.get(number, f"Parking zone {number}"[:_LONGEST_NAME])
    if point is not None:
        lat, lon = (math.floor(degrees / SQUARE) * SQUARE for degrees in (point.lat, point.lon))
        return f"square{lat:+.3f}{lon:+.3f}", f"Bays around {lat + SQUARE / 2:.3f}, {lon + SQUARE / 2:.3f}"
    if street:
        return f"street-{street.casefold()}", street.title()[:_LONGEST_NAME]
    found = re.match(r"([A-Z]*)([0-9]{1,9})", bay)
    hundred = f"{found[1]}{int(found[2]) // 100}" if found else "other"
    return f"numbers-{hundred}", f"Bays numbered {hundred}xx" if found else "Other bays"


def _audiences(sign: str) -> frozenset[Audience]:
    """Whom a sign reserves a bay for (for some hours, as for all: nobody is sent to a space that may not be theirs)."""
    words = sign.upper().split()
    if "DIS" in words:
        return frozenset({Audience.DISABLED})
    return frozenset({Audience.DELIVERY}) if "LZ" in words else _ORDINARY
