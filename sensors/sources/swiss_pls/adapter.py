"""Snapshots of four Swiss cities as observations. Field table: docs/mapping/swiss_pls.md."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from parking.catalogue.model import Device, Place
from parking.errors import InvalidPlaceError
from parking.instants import from_local, is_ahead
from parking.observations import DeviceFault, Observation, OpeningChanged, SiteCounted, make_event_id
from parking.words import Fault, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, Ledger, RecordRefusedError, SourceInfo, whole_number
from sensors.sources.swiss_pls.points import read_points
from sensors.sources.swiss_pls.wire import Snapshot, WireRecord, split

INFO = SourceInfo(
    id="swiss_pls",
    name="Car park guidance of Zürich, Basel, Luzern and St. Gallen",
    tenant="switzerland",
    zone="UTC",  # stamps without an offset are UTC, whatever the city's wall clock says
    licence=None,
    url="https://github.com/roger-infanger-weibel/parkhaus-monitoring-schweiz",
    time_basis=TimeBasis.GATEWAY,
    valid_for_s=60 * 60,  # snapshots come each half hour by day, each hour or two by night
)
ZONE = ZoneInfo(INFO.zone)


class City(NamedTuple):
    """A city's name, and whether the stamp of its snapshots tells when they arrived."""

    name: str
    tells_arrival: bool


CITIES = {
    "basel": City("Basel", tells_arrival=True),
    "luzern": City("Luzern", tells_arrival=True),
    "stgallen": City("St. Gallen", tells_arrival=True),
    "zurich": City("Zürich", tells_arrival=False),  # its stamp stood still for weeks while its numbers went on
}
NODATA = "nodata"
OPENING = {"open": Opening.OPEN, "closed": Opening.CLOSED, "unknown": Opening.UNKNOWN, NODATA: Opening.UNKNOWN}


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. A recorded snapshot of Zürich does not tell its arrival: give it."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        snapshot = split(payload)
        city = _find_city(snapshot)
    except RecordRefusedError as error:
        ledger.refuse(error, payload)
        return ledger.decoded()
    arrival = _arrival(snapshot, received_at) if recorded and city.tells_arrival else received_at
    ledger.read_each(snapshot.records, payload, lambda one: _observe(snapshot.city, one, tenant, arrival))
    return ledger.decoded(arrival)


def _find_city(snapshot: Snapshot) -> City:
    try:
        return CITIES[snapshot.city]
    except KeyError:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_SITE,
            f"a snapshot of {snapshot.city!r:.60}: add it to CITIES once it is known whose clock it goes by",
        ) from None


def _arrival(snapshot: Snapshot, now: datetime) -> datetime:
    try:
        stamp = _read_time(snapshot.stamp, "")
    except RecordRefusedError:
        return now
    return now if is_ahead(stamp, now) else stamp


def _observe(city: str, record: WireRecord, tenant: str, arrival: datetime) -> Iterator[Observation]:
    """The observations in one record: all of them or, by an error, none."""
    device_id, fields = _device_id(city, record), record.fields
    status = fields.get("status")
    if not isinstance(status, str) or status not in OPENING:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"status is {status!r:.60}; known are {', '.join(OPENING)}", device_id
        )
    observed_at = _read_time(fields.get("timestamp"), device_id)
    if is_ahead(observed_at, arrival):
        raise RecordRefusedError(
            RejectReason.FUTURE_TIME, f"timestamp {observed_at.isoformat()} is later than its arrival", device_id
        )
    envelope: dict[str, Any] = {
        "tenant": tenant,
        "source": INFO.id,
        "device_id": device_id,
        "observed_at": observed_at,
        "received_at": arrival,
        "time_basis": INFO.time_basis,
    }

    def event_id(*content: object) -> str:
        return make_event_id(INFO.id, device_id, observed_at, *content)

    numbers = None if status == NODATA else _read_numbers(fields, device_id)
    if status == NODATA:
        fault = Fault.COUNTING_OUT_OF_SERVICE
        yield DeviceFault(event_id=event_id("fault", fault), fault=fault, **envelope)
    elif numbers is not None:
        vacant, capacity = numbers
        yield SiteCounted(event_id=event_id("count", vacant, capacity), vacant=vacant, capacity=capacity, **envelope)
    opening = OPENING[status]
    yield OpeningChanged(event_id=event_id("opening", opening), opening=opening, **envelope)


def _device_id(city: str, record: WireRecord) -> str:
    """City and id: Luzern and St. Gallen number their car parks in the same manner."""
    if not record.id.strip() or len(record.id) > 64:
        raise RecordRefusedError(RejectReason.MISSING_FIELD, "a car park without an id of 1..64 characters")
    return f"{city}-{record.id}"


def _read_numbers(fields: Mapping[str, Any], device_id: str) -> tuple[int, int | None] | None:
    """(vacant, capacity), or None without a vacancy. A capacity of 0 is one that the city does not know."""
    if fields.get("free") is None:
        return None
    vacant, capacity = whole_number(fields["free"], "free", device_id), _read_capacity(fields, device_id)
    if capacity is not None and vacant > capacity:
        raise RecordRefusedError(
            RejectReason.FREE_ABOVE_CAPACITY,
            f"free {vacant} is above total {capacity}: more free than there are; correct the counter or the total",
            device_id,
        )
    return vacant, capacity


def _read_capacity(fields: Mapping[str, Any], device_id: str) -> int | None:
    total = fields.get("total")
    return None if total is None else whole_number(total, "total", device_id) or None


def _read_time(value: object, device_id: str) -> datetime:
    try:
        if not isinstance(value, str):
            raise ValueError("not a text")
        read = datetime.fromisoformat(value.strip())
        return from_local(read, ZONE, None) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordRefusedError(
            RejectReason.BAD_TIME, f"timestamp {value!r:.60} is no time: {error}", device_id
        ) from error


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The car parks of a snapshot's city: names and capacities as it says, points from our own list where known."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        snapshot = split(recording) if recording is not None else None
        city = _find_city(snapshot) if snapshot is not None else None
    except RecordRefusedError:
        snapshot = city = None  # decode refuses the same body, with its bytes
    if snapshot is None or city is None:
        return Declared((), ())
    found = []
    for record in snapshot.records:
        if isinstance(record, RecordRefusedError):
            continue
        try:
            found.append(_place(snapshot.city, city.name, record, tenant))
        except RecordRefusedError as error:
            ledger.refuse(error, record.raw)
        except InvalidPlaceError as error:
            ledger.refuse(RecordRefusedError(RejectReason.MALFORMED_RECORD, str(error)), record.raw)
    return Declared(found, ledger.rejects)


def _place(city: str, city_name: str, record: WireRecord, tenant: str) -> Place:
    device_id, name = _device_id(city, record), record.fields.get("name")
    return Place(
        tenant=tenant,
        id=device_id,
        name=f"{city_name} {name.strip()}" if isinstance(name, str) and name.strip() else device_id,
        point=read_points().get(device_id),
        capacity=_read_capacity(record.fields, device_id),
        devices=(Device(source=INFO.id, id=device_id, valid_for_s=INFO.valid_for_s),),
    )
