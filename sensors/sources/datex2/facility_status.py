"""The older dialect, parkingFacilityStatus: a total, and groups of spaces by what they are for."""

import re
from typing import NamedTuple
from xml.etree.ElementTree import Element

from parking.words import Audience, Fault, RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.numbers import is_nothing
from sensors.sources.datex2.elements import child, children, local, texts
from sensors.sources.datex2.levels import WORDS, read_level
from sensors.sources.datex2.occupancy import Stated, find_uncountable, make_count
from sensors.sources.datex2.words import ASSIGNED, OPENINGS, WHOLE, Count, Level, Status, number, translate

_WHOLE = re.compile("total|parkingFacilityOccupancy$|assignedParkingSpacesStatus")
"""What stands in a record that is meant to say how many are vacant."""


def read_facility(facility: Element, device_id: str, described: int | None = None) -> Status:
    """One parkingFacilityStatus. Its status element is called like the record itself, and may come several times.

    ``described`` is its capacity in a table of the same body.
    """
    words = texts(facility, "parkingFacilityStatus")
    openings = {
        translate(word, OPENINGS, "parkingFacilityStatus", device_id)
        for word in words
        if word not in WORDS.keys() - {"other"}
    }
    if len(openings) > 1:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"says {' and '.join(words):.80} at once: ask the publisher", device_id
        )
    opening = openings.pop() if openings else None
    if "statusUnknown" in words or "unknown" in words:
        return Status(opening, Fault.COUNTING_OUT_OF_SERVICE, {})
    spaces = _spaces(facility, device_id, described)
    counts, level, missing = _counts(facility, spaces, device_id)
    if level is None and Audience.PUBLIC not in counts:
        level = read_level(facility, (word for word in words if word in WORDS), spaces.public, device_id)
    if level is not None:
        return Status(opening, None, counts, levels={Audience.PUBLIC: level}, missing=missing)
    if counts or missing:
        return Status(opening, None, counts, missing=missing)
    missing = (Audience.PUBLIC,) if any(_WHOLE.match(local(one)) for one in facility) else ()
    return Status(opening, None, {}, missing=missing, refused=find_uncountable(_total(facility, device_id), device_id))


class _Spaces(NamedTuple):
    """How many spaces there are: for whoever drives in, and with those of subscribers."""

    public: int | None
    all: int | None


def _spaces(facility: Element, device_id: str, described: int | None) -> _Spaces:
    """As the status overrides them; 0 is how Stuttgart writes "not known"."""
    short, long, total = (
        number(facility, f"totalParkingCapacity{which}Override", device_id) or None
        for which in ("ShortTerm", "LongTerm", "")
    )
    if short is None and total is not None and long is not None and long < total:
        short = total - long
    return _Spaces(short or total or described, total)


def _counts(
    facility: Element, spaces: _Spaces, device_id: str
) -> tuple[dict[Audience, Count], Level | None, tuple[Audience, ...]]:
    """By group of spaces where it has groups (a subscriber's space is not for everybody), else the total as public.

    Bounds where the total is of subscribers' spaces as well. Last come the audiences whose group has no number.
    """
    counts: dict[Audience, Count] = {}
    missing: list[Audience] = []
    groups = {group.get("index") or "": group for group in children(facility, "assignedParkingSpacesStatus")}
    groups.pop(WHOLE, None)
    for index, group in groups.items():
        audience = translate(index, ASSIGNED, "index of assignedParkingSpacesStatus", device_id)
        part = make_count(_group(group, device_id), device_id, has_level=True)
        if audience is not None and part is not None:
            counts[audience] = part
        elif audience is not None:
            missing.append(audience)
    if groups:
        return counts, None, tuple(one for one in missing if one not in counts)
    total = _total(facility, device_id)
    if (bounds := _shared(total, spaces)) is not None:
        return counts, bounds, ()
    count = make_count(total._replace(capacity=spaces.public), device_id, has_level=True)
    return ({} if count is None else {Audience.PUBLIC: count}), None, ()


def _total(facility: Element, device_id: str) -> Stated:
    """The numbers of the whole, which may stand in a group of their own; 0 vacant of a stated 0 is none."""
    total = _stated(facility, "totalNumberOf{}ParkingSpaces", device_id)
    wholes = [group for group in children(facility, "assignedParkingSpacesStatus") if group.get("index") == WHOLE]
    total = _group(wholes[0], device_id) if wholes and total.vacant is None else total
    is_none = is_nothing(total.vacant, number(facility, "totalParkingCapacityOverride", device_id))
    return total._replace(vacant=None) if is_none else total


def _shared(total: Stated, spaces: _Spaces) -> Level | None:
    """Bounds for whoever drives in, where the numbers are of subscribers' spaces as well; None where they are not."""
    if total.vacant is None or spaces.public is None or spaces.all is None:
        return None
    known = total.vacant + (total.occupied or 0)
    if not spaces.public < known <= spaces.all:
        return None
    others = spaces.all - spaces.public
    return Level(low=max(0, total.vacant - others), high=min(total.vacant, spaces.public), capacity=spaces.public)


def _stated(element: Element | None, name: str, device_id: str) -> Stated:
    """This dialect's counts; they have no capacity of their own."""
    vacant, occupied = (number(element, name.format(which), device_id) for which in ("Vacant", "Occupied"))
    return Stated(vacant, occupied, None)


def _group(group: Element, device_id: str) -> Stated:
    inner = child(group, "assignedParkingSpacesStatus")
    return _stated(group if inner is None else inner, "numberOf{}AssignedParkingSpaces", device_id)
