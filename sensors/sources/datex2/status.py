"""What one status record says, in either dialect, before anybody asks when."""

from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.sources.datex2.facility_status import read_facility
from sensors.sources.datex2.site_status import read_site
from sensors.sources.datex2.wire import Datex2Record, local, text
from sensors.sources.datex2.words import Status


def read_stated_at(record: Datex2Record) -> str | None:
    """When it says that it was true, in its own words; None where it does not say."""
    kind = _TIMES.get(local(record.element))
    return None if kind is None else text(record.element, kind)


_TIMES = {"parkingRecordStatus": "parkingStatusOriginTime", "parkingFacilityStatus": "parkingFacilityStatusTime"}


def read_status(record: Datex2Record, device_id: str) -> Status:
    """What one status record of that device says. Raises RecordRefusedError where it cannot be used."""
    match local(record.element):
        case "parkingRecordStatus":
            return read_site(record.element, device_id)
        case "parkingFacilityStatus":
            return read_facility(record.element, device_id)
        case name:
            raise RecordRefusedError(RejectReason.MALFORMED_RECORD, f"{name:.60} is no record that we know", device_id)
