"""Snapshots of four Swiss cities as observations. Field table: docs/mapping/swiss_pls.md."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from parking.catalogue.model import Device, Place, Point
from parking.errors import InvalidPlaceError
from parking.instants import is_ahead
from parking.observations import Observation
from parking.words import Fault, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, Paging, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger, Sighting
from sensors.portals import POINT
from sensors.reading.numbers import find_counted, find_number
from sensors.reading.points import read_point
from sensors.reading.times import read_instant, require_arrived
from sensors.sources.swiss_pls.points import read_points
from sensors.sources.swiss_pls.wire import SwissRecord, SwissSnapshot, split

INFO = SourceInfo(
    id="swiss_pls",
    feeds=("https://data.bs.ch/api/explore/v2.1/catalog/datasets/100088/records",),  # Basel's own; the others have none
    paging=Paging.OPENDATASOFT,
    poll_every_s=60,
    name="Car park guidance of Zürich, Basel, Luzern and St. Gallen",
    tenant="switzerland",
    zone="UTC",  # stamps without an offset are UTC, whatever the city's wall clock says
    licence=None,
    licence_by="Zürich, Basel, Luzern and St. Gallen",
    url="https://github.com/roger-infanger-weibel/parkhaus-monitoring-schweiz",
    time_basis=TimeBasis.GATEWAY,
    valid_for_s=60 * 60,  # snapshots come each half hour by day, each hour or two by night
)
ZONE = ZoneInfo(INFO.zone)


class SwissCity(NamedTuple):
    """A city's name, and whether the stamp of its snapshots tells when they arrived."""

    name: str
    tells_arrival: bool


CITIES = {
    "basel": SwissCity("Basel", tells_arrival=True),
    "luzern": SwissCity("Luzern", tells_arrival=True),
    "stgallen": SwissCity("St. Gallen", tells_arrival=True),
    "zurich": SwissCity("Zürich", tells_arrival=False),  # its stamp stood still for weeks while its numbers went on
}
NODATA = "nodata"
MISSING = (None,)  # an empty text is none of its ways to leave a number out
ADVICE = "more free than there are; correct the counter or the total"
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
    ledger.read_each(snapshot.records, payload, lambda record: _observe(snapshot, record, ledger, arrival), arrival)
    return ledger.decoded(arrival)


def _find_city(snapshot: SwissSnapshot) -> SwissCity:
    try:
        return CITIES[snapshot.city]
    except KeyError:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_SITE,
            f"a snapshot of {snapshot.city!r:.60}: add it to CITIES once it is known whose clock it goes by",
        ) from None


def _arrival(snapshot: SwissSnapshot, now: datetime) -> datetime:
    try:
        stamp = _read_time(snapshot.stamp)
    except RecordRefusedError:
        return now
    return now if is_ahead(stamp, now) else stamp


def _observe(snapshot: SwissSnapshot, record: SwissRecord, ledger: Ledger, arrival: datetime) -> Iterator[Observation]:
    """The observations in one record, and then an error for what of it cannot be used."""
    device_id, fields = _device_id(snapshot.city, record), record.fields
    observed_at = _read_time(fields.get("timestamp"), device_id)
    require_arrived(observed_at, arrival, "timestamp", device_id)
    seen = ledger.sighting(device_id, observed_at, arrival, INFO.time_basis)
    if not snapshot.tells_status:
        yield _count(seen, fields, device_id)
        return
    status = fields.get("status")
    opening = OPENING.get(status) if isinstance(status, str) else None
    yield seen.opening(opening or Opening.UNKNOWN)
    if opening is None:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"status is {status!r:.60}; known are {', '.join(OPENING)}", device_id
        )
    if status == NODATA:
        yield seen.fault(Fault.COUNTING_OUT_OF_SERVICE)
    else:
        yield _count(seen, fields, device_id)


def _count(seen: Sighting, fields: Mapping[str, object], device_id: str) -> Observation:
    counted = find_counted(fields, ("free", "total"), device_id, ADVICE, MISSING)
    return seen.unusable() if counted is None else seen.counted(*counted, ("count", *counted))


def _device_id(city: str, record: SwissRecord) -> str:
    """City and id: Luzern and St. Gallen number their car parks in the same manner."""
    if not record.id.strip() or len(record.id) > 64 or not record.id.isprintable():
        raise RecordRefusedError(RejectReason.MISSING_FIELD, "a car park without an id of 1..64 printable characters")
    return f"{city}-{record.id}"


def _read_time(value: object, device_id: str | None = None) -> datetime:
    return read_instant(value, "timestamp", ZONE, None, device_id)


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
        except (RecordRefusedError, InvalidPlaceError) as error:
            ledger.refuse(error, record.raw)
    return Declared(found, ledger.rejects)


def _point(device_id: str, fields: Mapping[str, object]) -> Point | None:
    """Our own list's; else the portal's."""
    known, told = read_points().get(device_id), fields.get(POINT)
    if known is not None or not isinstance(told, dict):
        return known
    return read_point(told.get("lon"), told.get("lat"), device_id)


def _place(city: str, city_name: str, record: SwissRecord, tenant: str) -> Place:
    device_id, name = _device_id(city, record), record.fields.get("name")
    return Place(
        tenant=tenant,
        id=device_id,
        name=f"{city_name} {name.strip()}" if isinstance(name, str) and name.strip() else device_id,
        point=_point(device_id, record.fields),
        capacity=find_number(record.fields, "total", device_id, MISSING) or None,
        devices=(Device(source=INFO.id, id=device_id, valid_for_s=INFO.valid_for_s),),
    )
