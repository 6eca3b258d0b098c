"""What one status record says, in any dialect, before anybody asks when."""

from collections.abc import Collection

from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.sources.datex2.elements import local, text, type_of
from sensors.sources.datex2.facility_status import read_facility
from sensors.sources.datex2.site_status import read_site
from sensors.sources.datex2.static import Site
from sensors.sources.datex2.wire import Datex2Record, reference_of
from sensors.sources.datex2.words import Status

_TIMES = (
    "measurementOrCalculationTime", "parkingStatusOriginTime", "parkingRecordStatusTime", "parkingFacilityStatusTime",
    "statusTime", "lastUpdated",
)  # fmt: skip
"""The most specific first."""

_NO_PLACES = {
    "parkingAreaStatus": "an area's sum is no car park: its car parks come one by one, or ask the publisher for them",
    "CampusStatus": "a campus's sum is no car park: its car parks come one by one, or ask the publisher for them",
    "AccessStatus": "an entrance is no car park: nothing of it is read",
}


def read_stated_at(record: Datex2Record) -> str | None:
    """When it says that it was true, in its own words, else in those of its area; None where neither says."""
    stated = (text(record.element, name) for name in _TIMES)
    return next(filter(None, stated), None) or text(record.area, "parkingAreaStatusTime")


def identify(record: Datex2Record, parts: Collection[str] = ()) -> str:
    """The id of its car park or bay. Raises RecordRefusedError where it has none, or tells of something else.

    ``parts`` are ids that the same body describes as parts of a car park.
    """
    if reference_of(record.element) in parts:
        detail = "a floor, a row or a campus is no car park: its car park comes by itself, or ask the publisher for it"
        raise RecordRefusedError(RejectReason.NOT_A_PLACE, detail, _find_id(record))
    for name in (local(record.element), type_of(record.element)):
        if name in _NO_PLACES:
            raise RecordRefusedError(RejectReason.NOT_A_PLACE, _NO_PLACES[name], _find_id(record))
    return record.identify()


def _find_id(record: Datex2Record) -> str | None:
    try:
        return record.identify()
    except RecordRefusedError:
        return None


def read_status(record: Datex2Record, device_id: str, described: Site | None = None) -> Status:
    """What one status record of that device says; ``described`` is what a table of the same body says of it.

    Raises RecordRefusedError where it cannot be used.
    """
    capacity = None if described is None else described.capacity
    match local(record.element):
        case "parkingRecordStatus" | "parkingStatusInformation":
            return read_site(record.element, device_id, capacity, described and described.groups)
        case "parkingFacilityStatus":
            return read_facility(record.element, device_id, capacity)
        case name:
            raise RecordRefusedError(RejectReason.MALFORMED_RECORD, f"{name:.60} is no record that we know", device_id)
