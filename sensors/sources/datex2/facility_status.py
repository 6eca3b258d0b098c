"""The older dialect, parkingFacilityStatus: Stuttgart's. A total, and groups of spaces by what they are for."""

from xml.etree.ElementTree import Element

from parking.words import Audience, Fault, RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.numbers import whole_number
from sensors.sources.datex2.wire import child, children
from sensors.sources.datex2.words import ASSIGNED, LEVELS, OPENINGS, Count, Status, number, translate


def read_facility(facility: Element, device_id: str) -> Status:
    """One parkingFacilityStatus. Its status element is called like the record itself, and may come twice."""
    words = [(status.text or "").strip() for status in children(facility, "parkingFacilityStatus")]
    openings = {
        translate(word, OPENINGS, "parkingFacilityStatus", device_id)
        for word in words
        if word not in LEVELS - {"other"}
    }
    if len(openings) > 1:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"says {' and '.join(words):.80} at once: ask the publisher", device_id
        )
    fault = Fault.COUNTING_OUT_OF_SERVICE if "statusUnknown" in words else None
    counts = {} if fault else _counts_of_facility(facility, device_id)
    return Status(openings.pop() if openings else None, fault, counts)


def _counts_of_facility(facility: Element, device_id: str) -> dict[Audience, Count]:
    """By group of spaces where it has groups (a subscriber's space is not for everybody), else the total as public."""
    counts: dict[Audience, Count] = {}
    groups = children(facility, "assignedParkingSpacesStatus")
    for group in groups:
        audience = translate(group.get("index") or "", ASSIGNED, "index of assignedParkingSpacesStatus", device_id)
        inner = child(group, "assignedParkingSpacesStatus")
        part = _pair(inner, "numberOfVacantAssignedParkingSpaces", "numberOfOccupiedAssignedParkingSpaces", device_id)
        if audience is not None and part is not None:
            counts[audience] = part
    if not groups:
        total = _pair(facility, "totalNumberOfVacantParkingSpaces", "totalNumberOfOccupiedParkingSpaces", device_id)
        return {} if total is None else {Audience.PUBLIC: total}
    return counts


def _pair(element: Element | None, vacant_name: str, occupied_name: str, device_id: str) -> Count | None:
    """This dialect has no capacity of its own: vacant and occupied together are the spaces in operation."""
    vacant, occupied = number(element, vacant_name, device_id), number(element, occupied_name, device_id)
    if vacant is None:
        return None
    return Count(
        vacant, None if occupied is None else whole_number(vacant + occupied, "vacant and occupied", device_id)
    )
