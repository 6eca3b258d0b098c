"""The dialect of the standard, parkingRecordStatus: one site, or one single space published as a site."""

from xml.etree.ElementTree import Element

from parking.words import Audience, Basis, Fault, Opening, RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.numbers import whole_number
from sensors.sources.datex2.wire import child, children, text
from sensors.sources.datex2.words import (
    CATEGORIES,
    FAULTS,
    LEVELS,
    OPENINGS,
    Count,
    Status,
    number,
    thresholds,
    translate,
)

_SPACES, _VACANT = "parkingNumberOfSpacesOverride", "parkingNumberOfVacantSpaces"


def read_site(site: Element, device_id: str) -> Status:
    """One parkingRecordStatus. Of its two elements parkingOccupancy, the inner one is a percentage."""
    opening = _opening_of_site(site, device_id)
    fault = _fault_of_site(site, device_id)
    counts, is_single = _counts_of_site(site, device_id, readable=fault is None)
    return Status(
        opening,
        fault,
        counts,
        thresholds(child(site, "overrideParkingThresholds"), device_id),
        is_single,
    )


def _opening_of_site(site: Element, device_id: str) -> Opening | None:
    if text(site, "parkingOccupancy", "parkingNotAllowed") in ("true", "1"):
        return Opening.CLOSED
    word = text(site, "parkingSiteOpeningStatus")
    return None if word is None else translate(word, OPENINGS, "parkingSiteOpeningStatus", device_id)


def _fault_of_site(site: Element, device_id: str) -> Fault | None:
    """Its first fault that touches the number; a status of ``unknown`` is one: Aachen sends it with 0 of 0."""
    words = [(element.text or "").strip() for element in children(site, "parkingFault")]
    faults = [fault for word in words if (fault := translate(word, FAULTS, "parkingFault", device_id)) is not None]
    level = text(site, "parkingSiteStatus")
    if level == "unknown":
        faults.append(Fault.COUNTING_OUT_OF_SERVICE)
    elif level is not None:
        translate(level, dict.fromkeys(LEVELS), "parkingSiteStatus", device_id)
    return faults[0] if faults else None


def _counts_of_site(site: Element, device_id: str, readable: bool) -> tuple[dict[Audience, Count], bool]:
    """Its counts by audience, and whether it is one single space. Not ``readable``: its numbers are not to be read."""
    occupancy = child(site, "parkingOccupancy")
    is_single = number(occupancy, _SPACES, device_id) == 1
    total = _count(occupancy, device_id) if readable else None
    if total is None:
        return {}, is_single
    counts = {Audience.PUBLIC: total}
    for category in children(child(site, "parkingSiteStatusExtension"), "category"):
        audience = translate(text(category, "name") or "", CATEGORIES, "category", device_id)
        part = _count(child(category, "parkingOccupancy"), device_id)
        if part is None or part.capacity is None or audience in counts:
            raise RecordRefusedError(
                RejectReason.MISSING_FIELD, f"category {audience} has no numbers, or comes twice", device_id
            )
        counts[audience] = part
        counts[Audience.PUBLIC] = _without(counts[Audience.PUBLIC], part, device_id)
    return counts, is_single


def _without(total: Count, part: Count, device_id: str) -> Count:
    """What is left for ordinary drivers: in Friedrichshafen a category's spaces are counted in the total as well."""
    vacant = total.vacant - part.vacant
    capacity = None if total.capacity is None else total.capacity - (part.capacity or 0)
    if vacant < 0 or (capacity is not None and capacity < vacant):
        raise RecordRefusedError(
            RejectReason.FREE_ABOVE_CAPACITY,
            "its categories have more spaces than the whole: ask the publisher",
            device_id,
        )
    return Count(vacant, capacity, Basis.DERIVED)


def _count(occupancy: Element | None, device_id: str) -> Count | None:
    """The vacancy as stated, or capacity less what is taken. None where it says neither."""
    capacity, vacant = number(occupancy, _SPACES, device_id), number(occupancy, _VACANT, device_id)
    occupied = number(occupancy, "parkingNumberOfOccupiedSpaces", device_id)
    if vacant is not None:
        if capacity is None and occupied is not None:
            capacity = whole_number(vacant + occupied, "vacant and occupied", device_id)
        if capacity is not None and vacant > capacity:
            raise RecordRefusedError(
                RejectReason.FREE_ABOVE_CAPACITY, f"{vacant} vacant of {capacity}: more than there are", device_id
            )
        return Count(vacant, capacity)
    taken = number(occupancy, "parkingNumberOfVehicles", device_id) if occupied is None else occupied
    if taken is None:
        return None
    if capacity is None:
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD,
            f"it counts {taken} vehicles, not vacant spaces, and does not say of how many ({_SPACES}): "
            "how many are vacant cannot be told; ask the publisher for either number",
            device_id,
        )
    if taken > capacity:
        raise RecordRefusedError(
            RejectReason.NEGATIVE_COUNT,
            f"{taken} vehicles on {capacity} spaces would leave less than none; recalibrate",
            device_id,
        )
    return Count(capacity - taken, capacity, Basis.DERIVED)
