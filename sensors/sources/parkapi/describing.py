"""The places that a body describes: sites as they are, spots as zones of the site that they belong to."""

from parking.catalogue.model import Device, Place, Point
from parking.errors import InvalidPlaceError
from parking.words import Audience, Structure
from sensors.bays import Bay, make_zones
from sensors.contract import RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.numbers import find_number
from sensors.reading.points import read_point
from sensors.reading.texts import found_text
from sensors.sources.parkapi.identity import identify, purpose_of
from sensors.sources.parkapi.saying import restricted_to, whole_audience, with_groups
from sensors.sources.parkapi.wire import ParkRecord, split

_STRUCTURES = {
    "CAR_PARK": Structure.BUILDING,
    "UNDERGROUND": Structure.BUILDING,
    "OFF_STREET_PARKING_GROUND": Structure.SURFACE,
}


def read_places(info: SourceInfo, body: bytes | None, tenant: str, ledger: Ledger) -> list[Place]:
    """Sites, then zones. What decode refuses is passed over here; what is wrong with a description is refused."""
    sites: dict[str, Place] = {}
    bays: list[Bay] = []
    try:
        records = [] if body is None else [one for one in split(body) if isinstance(one, ParkRecord)]
    except RecordRefusedError:
        return []
    for record in records:
        try:
            device_id = identify(record)
            audience = purpose_of(record, device_id)
        except RecordRefusedError:
            continue
        try:
            if record.is_spot:
                bays.append(_bay(record, device_id, audience, _point(record, device_id, ledger)))
            else:
                sites.setdefault(device_id, _site(info, record, device_id, audience, tenant, ledger))
        except InvalidPlaceError as error:
            ledger.refuse(error, record.raw, device_id)
    return [*sites.values(), *make_zones(info, tenant, bays, info.valid_for_s)]


def _site(
    info: SourceInfo, record: ParkRecord, device_id: str, audience: Audience, tenant: str, ledger: Ledger
) -> Place:
    fields = record.fields
    fee = fields.get("has_fee")
    spread = record._replace(fields=with_groups(fields))
    is_public = record.is_lot or whole_audience(fields, audience) is Audience.PUBLIC
    capacity = _number(record, "total" if record.is_lot else "capacity", device_id, ledger)
    return Place(
        tenant=tenant,
        id=device_id,
        name=found_text(fields.get("name")) or device_id,
        point=_point(record, device_id, ledger),
        capacity=(capacity or None) if is_public else None,
        address=found_text(fields.get("address")),
        height_cm=_number(record, "max_height", device_id, ledger) or None,
        opening_hours=found_text(fields.get("opening_hours")),
        spaces_disabled=_number(spread, "capacity_disabled", device_id, ledger),
        spaces_ev=_number(spread, "capacity_charging", device_id, ledger),
        spaces_car_share=_number(spread, "capacity_carsharing", device_id, ledger),
        is_free=None if not isinstance(fee, bool) else not fee,
        structure=_STRUCTURES.get(str(fields.get("type"))),
        devices=(Device(source=info.id, id=device_id, valid_for_s=info.valid_for_s),),
    )


def _bay(record: ParkRecord, device_id: str, audience: Audience, point: Point | None) -> Bay:
    fields = record.fields
    home = fields.get("parking_site_id") or fields.get("parking_site_uid")
    kinds = restricted_to(fields)
    let_in = {audience} if kinds is None or audience is not Audience.PUBLIC else kinds if len(kinds) == 1 else set()
    zone = "spots" if home is None else f"spots-{home}"
    name = found_text(fields.get("address")) or found_text(fields.get("name")) or zone
    return Bay(device_id, zone[:60], name, point, frozenset(one for one in let_in if one is not None))


def _number(record: ParkRecord, name: str, device_id: str, ledger: Ledger) -> int | None:
    try:
        return find_number(record.fields, name, device_id)
    except RecordRefusedError as error:
        ledger.refuse(error, record.raw)
        return None


def _point(record: ParkRecord, device_id: str, ledger: Ledger) -> Point | None:
    """Where it is; what is nowhere still counts."""
    at = record.fields.get("coords") if record.is_lot else record.fields
    if not isinstance(at, dict) or at.get("lat") is None:
        return None
    try:
        return read_point(at.get("lng", at.get("lon")), at.get("lat"), device_id)
    except RecordRefusedError as error:
        ledger.refuse(error, record.raw)
        return None
