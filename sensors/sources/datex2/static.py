"""What a static publication says of one car park or one bay, in either dialect."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple
from xml.etree.ElementTree import Element

from parking.catalogue.model import MAX_TEXT, Point
from parking.errors import InvalidPlaceError
from parking.words import Audience, RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading import utm
from sensors.sources.datex2.audiences import read_audiences, read_group
from sensors.sources.datex2.elements import child, children, local, text, texts, type_of
from sensors.sources.datex2.hours import read_hours
from sensors.sources.datex2.wire import Datex2Record, full_id
from sensors.sources.datex2.words import Thresholds, number, thresholds

UTM_ZONES = {"DE-MDM-Stadt-Stuttgart": 32}
"""Publishers who state metres; 48 of Stuttgart's 49 records do, the other one degrees."""

_STREET = re.compile(r"[A-Z]+[0-9]+[a-z]?_(.+?)(?:_Hsnr\.[0-9]+[a-z]?)?")
"""Friedrichshafen's names: a bay's code, its street and which part of it, a house number."""


class Site(NamedTuple):
    """One described record. ``audiences`` is whom a single space is for, None where nobody says.

    ``groups`` says for whom the groups of its spaces are, by index; ``bays`` are its single spaces, by index. An area
    (``is_area``) is a place only where its publisher describes no car park otherwise. ``zone`` is id and name of what
    a bay stands in.
    """

    id: str
    name: str
    publisher: str = ""
    capacity: int | None = None
    point: Point | None = None
    height_cm: int | None = None
    thresholds: Thresholds = Thresholds()
    is_single: bool = False
    audiences: frozenset[Audience] | None = None
    opening_hours: str | None = None
    groups: Mapping[str, Audience | None] = MappingProxyType({})
    bays: tuple[Site, ...] = ()
    is_area: bool = False
    zone: tuple[str, str] | None = None

    @property
    def street(self) -> str | None:
        """The street segment of a single space, if its name tells."""
        found = _STREET.fullmatch(self.name) if self.is_single else None
        return found and found[1].replace("_", " ")


def fill_from_area(site: Site, area: Site) -> Site:
    """A car park with what only the area of its own id says: Cambridge describes each as both, and names the area.

    Only where capacity or point are the same: others number their areas like their car parks.
    """
    same_capacity = site.capacity is not None and site.capacity == area.capacity
    if not same_capacity and (site.point is None or site.point != area.point):
        return site
    is_named = site.name != site.id
    return site._replace(name=site.name if is_named else area.name, point=site.point or area.point,
                         capacity=site.capacity or area.capacity)  # fmt: skip


def read_site(record: Datex2Record) -> Site:
    """One parkingRecord or parkingFacility. Raises RecordRefusedError where it cannot be used."""
    site_id = record.identify()
    read = _READERS[local(record.element)]
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
        read_audiences(site),
        read_hours(child(site, "openingTimes")),
        {group.get("groupIndex") or "": read_group(group) for group in children(site, "groupOfParkingSpaces")},
        tuple(_bays(site, site_id, publisher)),
    )


def _bays(site: Element, site_id: str, publisher: str) -> Iterator[Site]:
    """The single spaces that a record describes, by their index."""
    for held in children(site, "parkingSpace"):
        index = held.get("parkingSpaceIndex")
        if not index:
            continue
        inner = child(held, "parkingSpaceBasics")
        space = held if inner is None else inner
        name = _name(child(space, "parkingSpaceOrGroupIdentifier"), index)
        bay_id = full_id(site_id, index)
        yield Site(bay_id, name, publisher, 1, _point(child(space, "location"), bay_id, publisher), is_single=True,
                   audiences=read_audiences(space))  # fmt: skip


def _read_area(area: Element, site_id: str, publisher: str) -> Site:
    """An area of the older dialect, which some publishers write for a car park."""
    return Site(
        site_id,
        _name(child(area, "parkingAreaName"), site_id),
        publisher,
        _short_term_capacity(area, site_id),
        _point(child(area, "area"), site_id, publisher),
        is_area=True,
    )


def _read_element(element: Element, site_id: str, publisher: str) -> Site:
    """A place or a space of version 3 from 3.3 on."""
    location = child(element, "locationReference")
    is_single = type_of(element) == "Space"
    return Site(
        site_id,
        _name(child(element, "name"), site_id),
        publisher,
        1 if is_single else _supplied(element, site_id),
        _point(location, site_id, publisher),
        is_single=is_single,
        audiences=read_audiences(element),
        opening_hours=read_hours(child(element, "operatingHours")),
    )


def _supplied(element: Element, site_id: str) -> int | None:
    """How many spaces there are, in the drawing's view; in a vehicle's view it would be how many fit."""
    supply = child(element, "supply")
    return None if text(supply, "viewType") == "vehicleView" else number(supply, "quantity", site_id) or None


def _read_facility(facility: Element, site_id: str, publisher: str) -> Site:
    """Its capacity is the short-term one: that of the people its count is for. 0 is how it writes "not known"."""
    return Site(
        site_id,
        _name(child(facility, "parkingFacilityName"), site_id),
        publisher,
        _short_term_capacity(facility, site_id),
        _point(child(facility, "facilityLocation"), site_id, publisher)
        or _point(child(facility, "entranceLocation"), site_id, publisher),
        _height_cm(facility, site_id),
    )


def _short_term_capacity(facility: Element, site_id: str) -> int | None:
    capacity = number(facility, "totalParkingCapacityShortTerm", site_id)
    if capacity is None:
        capacity = number(facility, "totalParkingCapacity", site_id)
    return capacity or None


_READERS = {
    "parkingRecord": _read_record,
    "parkingFacility": _read_facility,
    "parkingArea": _read_area,
    "hierarchyElementGeneral": _read_element,
}


def _name(multilingual: Element | None, site_id: str) -> str:
    held = child(multilingual, "values")
    named = texts(multilingual if held is None else held, "value") if multilingual is not None else []
    if multilingual is not None and not len(multilingual):  # a plain text, as Finland's operators write it
        named = [(multilingual.text or "").strip()]
    return next(filter(None, named), site_id)[:MAX_TEXT]


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
