"""The standard's own dialects: parkingRecordStatus of 2.3 and 3.0, parkingStatusInformation of 3.3 and later.

Their elements differ by the word "parking" before them. A record is one site, or one single space.
"""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from parking.words import Audience, Basis, Fault, FillLevel, Opening, RejectReason, SpaceState
from sensors.contract import RecordRefusedError
from sensors.sources.datex2.elements import child, children, text, texts, type_of
from sensors.sources.datex2.levels import read_level, read_word, require_known
from sensors.sources.datex2.occupancy import find_uncountable, make_count, read_stated, read_whole
from sensors.sources.datex2.words import (
    CATEGORIES,
    FAULTS,
    OPENINGS,
    BayStatus,
    Count,
    Level,
    Status,
    find_stated,
    thresholds,
    translate,
)

_TRUE, _FALSE = ("true", "1"), ("false", "0")
_STATE_OF = {FillLevel.FULL: SpaceState.OCCUPIED, FillLevel.SPACES_AVAILABLE: SpaceState.FREE}

Groups = Mapping[str, Audience | None]
"""For whom the groups of spaces are, by index, as a table of the same body says; None where the house has no word."""


def read_site(site: Element, device_id: str, described: int | None = None, groups: Groups | None = None) -> Status:
    """One record. Of its two elements parkingOccupancy, the inner one is a percentage.

    ``described`` is its capacity in a table of the same body, and ``groups`` are those of that table.
    """
    occupancy, words = _occupancy(site), texts(site, "parkingSiteStatus", "status")
    opening, fault = _opening_of_site(site, occupancy, device_id), _fault_of_site(site, words, device_id)
    limits = thresholds(child(site, "overrideParkingThresholds"), device_id)
    if type_of(site) == "SpaceStatus":
        return Status(opening, fault, {}, is_single=True, state=_occupied(text(site, "occupied"), device_id))
    stated = read_whole(occupancy, device_id, described)
    is_single = stated.capacity == 1
    if fault is not None:
        has_number = stated.vacant is not None or stated.occupied is not None
        bays = () if has_number else tuple(_bays(site, device_id))
        return Status(opening, fault, {}, limits, is_single, bays=bays)
    require_known(words, device_id)
    total = make_count(stated, device_id, has_level=True)
    if total is not None:
        return _by_category(site, total, device_id, groups or {})._replace(
            opening=opening, thresholds=limits, is_single=is_single
        )
    parts = _of_groups(site, device_id, groups or {})
    special = {audience: part for audience, part in parts.items() if part is not None}
    missing = tuple(audience for audience in parts if audience not in special)
    if bays := tuple(_bays(site, device_id)):
        return Status(opening, None, {}, limits, bays=bays)
    level = read_level(occupancy, words, stated.capacity, device_id)
    if is_single:
        return Status(opening, None, {}, limits, True, state=_STATE_OF.get(read_word(words, device_id)))
    if level is not None:
        return Status(opening, None, special, limits, levels={Audience.PUBLIC: level}, missing=missing)
    missing += (Audience.PUBLIC,) if occupancy is not None and Audience.PUBLIC not in parts else ()
    refused = None if special else find_uncountable(stated, device_id)
    return Status(opening, None, special, limits, missing=missing, refused=refused)


def _occupancy(site: Element) -> Element | None:
    held = child(site, "parkingOccupancy")
    return child(site, "occupancy") if held is None else held


def _opening_of_site(site: Element, occupancy: Element | None, device_id: str) -> Opening | None:
    if text(occupancy, "parkingNotAllowed") in _TRUE:
        return Opening.CLOSED
    word = text(site, "parkingSiteOpeningStatus") or text(site, "openingStatus")
    return None if word is None else translate(word, OPENINGS, "parkingSiteOpeningStatus", device_id)


def _fault_of_site(site: Element, words: list[str], device_id: str) -> Fault | None:
    """Its first fault that touches the number; a status of ``unknown`` is one: Aachen sends it with 0 of 0."""
    named = texts(site, "parkingFault")
    faults = [fault for word in named if (fault := translate(word, FAULTS, "parkingFault", device_id)) is not None]
    if "unknown" in words:
        faults.append(Fault.COUNTING_OUT_OF_SERVICE)
    return faults[0] if faults else None


def _by_category(site: Element, total: Count, device_id: str, groups: Groups) -> Status:
    """The ordinary count, and those of spaces for somebody in particular, which the total counts as well.

    Of a group without a number nobody knows how many of the total are its own: then there are bounds for the rest.
    """
    counts = {Audience.PUBLIC: total}
    for category in children(child(site, "parkingSiteStatusExtension"), "category"):
        audience = translate(text(category, "name") or "", CATEGORIES, "category", device_id)
        part = make_count(read_stated(child(category, "parkingOccupancy"), device_id), device_id, has_level=True)
        if part is None or part.capacity is None or audience in counts:
            raise RecordRefusedError(
                RejectReason.MISSING_FIELD, f"category {audience} has no numbers, or comes twice", device_id
            )
        counts[audience] = part
        counts[Audience.PUBLIC] = _without(counts[Audience.PUBLIC], part, device_id)
    parts = {one: part for one, part in _of_groups(site, device_id, groups).items() if one not in counts}
    for audience, part in parts.items():
        if part is not None:
            counts[audience] = part
            counts[Audience.PUBLIC] = _without(counts[Audience.PUBLIC], part, device_id)
    missing = tuple(audience for audience, part in parts.items() if part is None)
    levels = {}
    if missing and counts[Audience.PUBLIC].vacant:
        levels[Audience.PUBLIC] = Level(low=0, high=counts.pop(Audience.PUBLIC).vacant)
    return Status(None, None, counts, levels=levels, missing=missing)


def _of_groups(site: Element, device_id: str, groups: Groups) -> dict[Audience, Count | None]:
    """The counts of groups that are for one audience alone, None where a group has no number.

    Of several for one audience, the first: they may overlap.
    """
    counts: dict[Audience, Count | None] = {}
    for group in children(site, "groupOfParkingSpacesStatus"):
        audience, inner = groups.get(group.get("groupIndex") or ""), child(group, "groupOfParkingSpacesStatus")
        if audience is not None and counts.get(audience) is None:
            part = make_count(read_stated(group if inner is None else inner, device_id), device_id, has_level=True)
            counts[audience] = part
    return counts


def _without(total: Count, part: Count, device_id: str) -> Count:
    """What is left for ordinary drivers: in Friedrichshafen a category's spaces are counted in the total as well."""
    vacant = total.vacant - part.vacant
    capacity = None if total.capacity is None or part.capacity is None else total.capacity - part.capacity
    if vacant < 0 or (capacity is not None and capacity < vacant):
        raise RecordRefusedError(
            RejectReason.FREE_ABOVE_CAPACITY,
            "its categories have more spaces than the whole: ask the publisher",
            device_id,
        )
    return Count(vacant, capacity, Basis.DERIVED)


def _bays(site: Element, device_id: str) -> Iterator[BayStatus]:
    """The single spaces of a record that gives no number: each occupied or not, or closed."""
    for held in children(site, "parkingSpaceStatus"):
        index, inner = held.get("parkingSpaceIndex") or "", child(held, "parkingSpaceStatus")
        space = held if inner is None else inner
        if not index:
            raise RecordRefusedError(
                RejectReason.MISSING_FIELD, "a parkingSpaceStatus has no parkingSpaceIndex", device_id
            )
        said = find_stated(space, "spaceOccupied")
        state = SpaceState.OCCUPIED if said in _TRUE else SpaceState.FREE if said in _FALSE else None
        if find_stated(space, "spaceClosed") in _TRUE:
            state = SpaceState.CLOSED
        yield BayStatus(index, state, text(space, "measurementOrCalculationTime"))


def _occupied(stated: str | None, device_id: str) -> SpaceState:
    if stated in _TRUE:
        return SpaceState.OCCUPIED
    if stated in _FALSE:
        return SpaceState.FREE
    missing = stated is None
    raise RecordRefusedError(
        RejectReason.MISSING_FIELD if missing else RejectReason.UNKNOWN_STATUS,
        "a space does not say whether it is occupied" if missing else f"occupied is {stated!r:.40}: true or false",
        device_id,
    )
