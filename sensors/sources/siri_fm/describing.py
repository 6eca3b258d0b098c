"""The places that a body tells of: SIRI says little more of them than an id and a name."""

from parking.catalogue.model import Device, Place, Point
from parking.errors import InvalidPlaceError
from sensors.contract import RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.points import read_point
from sensors.sources.siri_fm.kinds import find_kind
from sensors.sources.siri_fm.tree import child, text
from sensors.sources.siri_fm.wire import Condition, split


def read_places(info: SourceInfo, body: bytes | None, tenant: str, ledger: Ledger) -> list[Place]:
    """The facilities that are parking for sure. What decode refuses is passed over here."""
    found: dict[str, Place] = {}
    try:
        records = [] if body is None else [one for one in split(body) if isinstance(one, Condition)]
    except RecordRefusedError:
        return []
    for record in records:
        if find_kind(record).other is not None:
            continue
        try:
            device_id = record.identify()
        except RecordRefusedError:
            continue
        try:
            found.setdefault(device_id, _place(info, record, device_id, tenant, ledger))
        except InvalidPlaceError as error:
            ledger.refuse(error, record.raw, device_id)
    return list(found.values())


def _place(info: SourceInfo, record: Condition, device_id: str, tenant: str, ledger: Ledger) -> Place:
    return Place(
        tenant=tenant,
        id=device_id,
        name=(text(record.tree, "Facility", "Description") or device_id)[:200],
        point=_point(record, device_id, ledger),
        devices=(Device(source=info.id, id=device_id, valid_for_s=info.valid_for_s),),
    )


def _point(record: Condition, device_id: str, ledger: Ledger) -> Point | None:
    at = child(record.tree, "FacilityUpdatedPosition")
    lon, lat = text(at, "Longitude"), text(at, "Latitude")
    if lon is None and lat is None:
        return None
    try:
        return read_point(lon, lat, device_id)
    except RecordRefusedError as error:
        ledger.refuse(error, record.raw)
        return None
