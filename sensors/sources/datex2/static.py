"""What a static publication says of one car park or one bay, in either dialect."""

import re
from typing import NamedTuple
from xml.etree.ElementTree import Element

from parking.catalogue.model import MAX_TEXT, Point
from parking.errors import InvalidPlaceError
from parking.words import Audience, RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading import utm
from sensors.sources.datex2.wire import Datex2Record, child, children, local, text
from sensors.sources.datex2.words import USERS, Thresholds, number, thresholds

UTM_ZONES = {"DE-MDM-Stadt-Stuttgart": 32}
"""Publishers who state metres; 48 of Stuttgart's 49 records do, the other one degrees."""

_STREET = re.compile(r"[A-Z]+[0-9]+[a-z]?_(.+?)(?:_Hsnr\.[0-9]+[a-z]?)?")
"""Friedrichshafen's names: a bay's code, its street and which part of it, a house number."""


class Site(NamedTuple):
    """One described record. ``audiences`` is whom a single space is for, None where nobody says."""

    id: str
    name: str
    publisher: str = ""
    capacity: int | None = None
    point: Point | None = None
    height_cm: int | None = None
    thresholds: Thresholds = Thresholds()
    is_single: bool = False
    audiences: frozenset[Audience] | None = None

    @property
    def street(self) -> str | None:
        """The street segment of a single space, if its name tells."""
        found = _STREET.fullmatch(self.name) if self.is_single else None
        return found and found[1].replace("_", " ")


def read_site(record: Datex2Record) -> Site:
    """One parkingRecord or parkingFacility. Raises RecordRefusedError where it cannot be used."""
    site_id = record.identify()
    read = _read_record if local(record.element) == "parkingRecord" else _read_facility
    return read(record.element, site_id, record.publication.publisher)


def _read_record(site: Element, site_id: str, publisher: str) -> Site:
    capacity = number(site, "parkingNumberOfSpaces", site_id)
    return Site(
        site_id,
        _name(child(site, "parkingName"), site_id),
        publisher,
        capacity or None,
        _point(child(site, "parkingLocation"), site_id, publisher),
        None,
        thresholds(child(site, "parkingThresholds"), site_id),
        capacity == 1,
        _audiences(site),
    )


def _read_facility(facility: Element, site_id: str, publisher: str) -> Site:
    """Its capacity is the short-term one: that of the people its count is for. 0 is how it writes "not known"."""
    capacity = number(facility, "totalParkingCapacityShortTerm", site_id)
    if capacity is None:
        capacity = number(facility, "totalParkingCapacity", site_id)
    return Site(
        site_id,
        _name(child(facility, "parkingFacilityName"), site_id),
        publisher,
        capacity or None,
        _point(child(facility, "facilityLocation"), site_id, publisher),
        _height_cm(facility, site_id),
    )


def _name(multilingual: Element | None, site_id: str) -> str:
    names = (text(value) for value in children(child(multilingual, "values"), "value"))
    return next(filter(None, names), site_id)[:MAX_TEXT]


def _audiences(site: Element) -> frozenset[Audience] | None:
    assignments = children(site, "onlyAssignedParking") + children(site, "assignedParkingAmongOthers")
    users = [text(user) or "" for assignment in assignments for user in children(assignment, "applicableForUser")]
    return frozenset(USERS[user] for user in users if user in USERS) if users else None


def _height_cm(facility: Element, site_id: str) -> int | None:
    stated = text(facility, "characteristicsOfPermittedVehicles", "heightCharacteristic", "vehicleHeight")
    if stated is None:
        return None
    metres = _float(stated, RejectReason.WRONG_TYPE, "vehicleHeight", site_id)
    if not 0 < metres < 100:
        raise RecordRefusedError(RejectReason.WRONG_TYPE, f"vehicleHeight {stated:.20} is no height in metres", site_id)
    return round(metres * 100)


def _point(location: Element | None, site_id: str, publisher: str) -> Point | None:
    """The first pair of coordinates in a location: degrees, or the metres of a publisher known to state them."""
    holders = (
        [] if location is None else [holder for holder in location.iter() if child(holder, "latitude") is not None]
    )
    lon, lat = (text(holders[0], name) if holders else None for name in ("longitude", "latitude"))
    if lon is None or lat is None:
        return None
    east, north = (_float(stated, RejectReason.BAD_COORDINATES, "coordinate", site_id) for stated in (lon, lat))
    try:
        if publisher in UTM_ZONES and utm.is_in_zone(east, north):
            return utm.to_degrees(east, north, UTM_ZONES[publisher])
        return Point(east, north)
    except InvalidPlaceError as error:
        raise RecordRefusedError(RejectReason.BAD_COORDINATES, str(error), site_id) from error


def _float(stated: str, reason: RejectReason, name: str, site_id: str) -> float:
    try:
        return float(stated)
    except ValueError:
        raise RecordRefusedError(reason, f"{name} {stated!r:.60} is no number", site_id) from None
