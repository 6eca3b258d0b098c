"""Strasbourg's records, old and new, as observations. Field table: docs/mapping/strasbourg.md."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from parking.catalogue.model import Device, Place
from parking.errors import InvalidPlaceError
from parking.instants import is_ahead
from parking.observations import DeviceFault, Observation, OpeningChanged, SiteCounted, make_event_id
from parking.words import Fault, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, Ledger, RecordRefusedError, SourceInfo, whole_number
from sensors.sources.strasbourg.places import NAME, read_places
from sensors.sources.strasbourg.times import read_time, typical_arrival
from sensors.sources.strasbourg.wire import WireRecord, split

_PORTAL = "https://data.strasbourg.eu"
_DATASET = "occupation-parkings-temps-reel"

INFO = SourceInfo(
    id="strasbourg",
    name="Eurométropole de Strasbourg, occupation des parkings",
    tenant="strasbourg",
    zone="Europe/Paris",
    licence=None,
    url=f"{_PORTAL}/explore/dataset/{_DATASET}/",
    time_basis=TimeBasis.ARRIVAL,  # of the live feed; the older shapes state a time
    valid_for_s=15 * 60,
    poll_every_s=180,
    feeds=(f"{_PORTAL}/api/explore/v2.1/catalog/datasets/{_DATASET}/records",),
)
ZONE = ZoneInfo(INFO.zone)

OPEN, CLOSED, NOT_COUNTED = "open", "closed", "not counted"
ETAT: dict[object, str] = {
    "0": NOT_COUNTED,  # "frequentation temps reel indisponible", with a libre of 0
    "1": OPEN,
    "2": CLOSED,
    "status_0": NOT_COUNTED,
    "status_1": OPEN,
    "status_4": CLOSED,
}


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        records = list(split(payload))
    except RecordRefusedError as error:
        ledger.refuse(error, payload)
        return ledger.decoded()
    arrival = received_at
    if recorded:
        stamps = [record.stamp for record in records if isinstance(record, WireRecord)]
        arrival = typical_arrival(stamps, ZONE, received_at, timedelta(seconds=INFO.valid_for_s)) or received_at
    ledger.read_each(records, payload, lambda one: _observe(one, tenant, arrival))
    return ledger.decoded(arrival)


def _observe(record: WireRecord, tenant: str, arrival: datetime) -> Iterator[Observation]:
    """The observations in one record: all of them or, by an error, none."""
    fields = record.fields
    device_id = _identify(fields)
    etat = fields.get("etat")
    state = ETAT.get(str(etat)) if isinstance(etat, int | str) and not isinstance(etat, bool) else None
    if state is None:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"etat is {etat!r:.60}; known are {', '.join(map(str, ETAT))}", device_id
        )
    observed_at = arrival if record.stamp is None else _read_time(record.stamp, device_id, arrival)
    if is_ahead(observed_at, arrival):
        raise RecordRefusedError(
            RejectReason.FUTURE_TIME, f"stamp {observed_at.isoformat()} is later than its arrival", device_id
        )
    envelope: dict[str, Any] = {
        "tenant": tenant,
        "source": INFO.id,
        "device_id": device_id,
        "observed_at": observed_at,
        "received_at": arrival,
        "time_basis": TimeBasis.ARRIVAL if record.stamp is None else TimeBasis.GATEWAY,
    }

    def event_id(*content: object) -> str:
        return make_event_id(INFO.id, device_id, observed_at, *content)

    numbers = _read_numbers(fields, device_id) if state == OPEN else None
    if numbers is not None:
        vacant, capacity = numbers
        yield SiteCounted(event_id=event_id("count", vacant, capacity), vacant=vacant, capacity=capacity, **envelope)
    if state == NOT_COUNTED:
        fault = Fault.COUNTING_OUT_OF_SERVICE
        yield DeviceFault(event_id=event_id("fault", fault), fault=fault, **envelope)
    opening = _opening(state, fields.get("infousager"))
    yield OpeningChanged(event_id=event_id("opening", opening), opening=opening, **envelope)


def _opening(state: str, sign: object) -> Opening:
    """Where nothing is counted the sign still says whether the car park is open."""
    if state == NOT_COUNTED:
        return Opening.OPEN if sign == "OUVERT" else Opening.UNKNOWN
    return Opening.OPEN if state == OPEN else Opening.CLOSED


def _identify(fields: Mapping[str, Any]) -> str:
    """``ident``, a number or its text: both have been sent."""
    value = fields.get("ident")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= 64:
        name = fields.get("nom_parking")
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD, f"record of {name!r:.60} has no ident of 1..64 characters; ask the source"
        )
    return value.strip()


def _read_numbers(fields: Mapping[str, Any], device_id: str) -> tuple[int, int | None] | None:
    """(vacant, capacity); without a vacancy None. A capacity of 0 is unknown."""
    free, total = fields.get("libre"), fields.get("total")
    if free is None or free == "":
        return None
    vacant = whole_number(free, "libre", device_id)
    capacity = None if total is None or total == "" else whole_number(total, "total", device_id) or None
    if capacity is not None and vacant > capacity:
        raise RecordRefusedError(
            RejectReason.FREE_ABOVE_CAPACITY,
            f"libre {vacant} is above total {capacity}: more free than there are; look at the counter",
            device_id,
        )
    return vacant, capacity


def _read_time(value: object, device_id: str, arrival: datetime) -> datetime:
    try:
        return read_time(value, ZONE, arrival)
    except (ValueError, OverflowError) as error:
        raise RecordRefusedError(
            RejectReason.BAD_TIME, f"stamp {value!r:.60} is no time: {error}", device_id
        ) from error


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """Our own list of car parks, and any other that a recording names."""
    ledger = Ledger(tenant, INFO.id, received_at)
    found = {place.id: place for place in read_places(tenant, INFO.id, INFO.valid_for_s)}
    try:
        records = list(split(recording)) if recording is not None else []
    except RecordRefusedError:
        records = []  # decode refuses the same body, with its bytes
    for record in records:
        if isinstance(record, RecordRefusedError):
            continue
        try:
            device_id = _identify(record.fields)
            if device_id not in found:
                found[device_id] = _place(device_id, record.fields.get("nom_parking"), tenant)
        except RecordRefusedError:
            continue  # decode refuses the same record, with its bytes
        except InvalidPlaceError as error:
            ledger.refuse(RecordRefusedError(RejectReason.MALFORMED_RECORD, str(error)), record.raw)
    return Declared(list(found.values()), ledger.rejects, NAME)


def _place(device_id: str, name: object, tenant: str) -> Place:
    return Place(
        tenant=tenant,
        id=device_id,
        name=name.strip() if isinstance(name, str) and name.strip() else f"{NAME} {device_id}",
        devices=(Device(source=INFO.id, id=device_id, valid_for_s=INFO.valid_for_s),),
    )
