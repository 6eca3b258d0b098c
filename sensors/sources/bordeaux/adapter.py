"""Bordeaux' car parks as observations. Field table: docs/mapping/bordeaux.md."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from statistics import multimode
from typing import Any
from zoneinfo import ZoneInfo

from parking.catalogue.model import Device
from parking.errors import InvalidPlaceError
from parking.instants import from_local, is_ahead
from parking.observations import DeviceFault, Observation, OpeningChanged, SiteCounted, make_event_id
from parking.words import Audience, Fault, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, Ledger, RecordRefusedError, SourceInfo, whole_number
from sensors.sources.bordeaux.places import audience_of, read_capacity, read_place
from sensors.sources.bordeaux.wire import WireRecord, split

INFO = SourceInfo(
    id="bordeaux",
    name="Bordeaux Métropole, parkings hors voirie (ST_PARK_P)",
    tenant="bordeaux",
    zone="Europe/Paris",
    licence=None,
    url="https://opendata.bordeaux-metropole.fr/explore/dataset/st_park_p/",
    time_basis=TimeBasis.GATEWAY,
    audiences=(Audience.PUBLIC, Audience.SUBSCRIBER),
    valid_for_s=15 * 60,
)
ZONE = ZoneInfo(INFO.zone)
FULL = "COMPLET"
ETAT = {"LIBRE": Opening.OPEN, "OUVERT": Opening.OPEN, FULL: Opening.OPEN, "FERME": Opening.CLOSED}
CONNECTED, CUT_OFF = "1", "0"


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        records = list(split(payload))
    except RecordRefusedError as error:
        ledger.refuse(error, payload)
        return ledger.decoded()
    arrival = (_typical_arrival(records, received_at) or received_at) if recorded else received_at
    ledger.read_each(records, payload, lambda one: _observe(one.fields, tenant, arrival))
    return ledger.decoded(arrival)


def _typical_arrival(records: Iterable[WireRecord | RecordRefusedError], now: datetime) -> datetime | None:
    """When a recording arrived: the newest time within a quarter of an hour after the one that most records state."""
    times = []
    for record in records:
        try:
            at = _read_time(record.fields, "", None) if isinstance(record, WireRecord) else None
        except RecordRefusedError:
            continue
        if at is not None and not is_ahead(at, now):
            times.append(at)
    most = max(multimode(times), default=None)
    return None if most is None else max(at for at in times if at - most <= timedelta(seconds=INFO.valid_for_s))


def _observe(fields: Mapping[str, Any], tenant: str, arrival: datetime) -> Iterator[Observation]:
    """The observations in one record: all of them or, by an error, none."""
    device_id, audience = _identify(fields), audience_of(fields)
    etat = fields.get("etat")
    word = etat.strip().upper() if isinstance(etat, str) else None
    if word not in ETAT:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"etat is {etat!r:.60}; known are {', '.join(ETAT)}", device_id
        )
    observed_at = _read_time(fields, device_id, arrival)
    if is_ahead(observed_at, arrival):
        raise RecordRefusedError(
            RejectReason.FUTURE_TIME, f"mdate {observed_at.isoformat()} is later than its arrival", device_id
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

    if _is_cut_off(fields, device_id):
        fault = Fault.COMMUNICATIONS_FAILURE
        yield DeviceFault(event_id=event_id("fault", fault), fault=fault, **envelope)
    elif (numbers := _read_numbers(fields, device_id)) is not None:
        vacant, capacity = numbers
        yield SiteCounted(
            event_id=event_id("count", vacant, capacity, word, audience),
            vacant=vacant,
            capacity=capacity,
            full_at=vacant if word == FULL else None,  # the sign reads full at this many, or more
            category=audience,
            **envelope,
        )
    opening = ETAT[word]
    if opening is Opening.OPEN and audience is Audience.SUBSCRIBER:
        opening = Opening.SUBSCRIBERS_ONLY
    yield OpeningChanged(event_id=event_id("opening", opening), opening=opening, **envelope)


def _identify(fields: Mapping[str, Any]) -> str:
    """``ident`` alone: names repeat (there are two of Parc-Relais La Gardette)."""
    value = fields.get("ident")
    if not isinstance(value, str) or not 0 < len(value.strip()) <= 64:
        name = fields.get("nom")
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD, f"record of {name!r:.60} has no ident of 1..64 characters; ask the source"
        )
    return value.strip()


def _is_cut_off(fields: Mapping[str, Any], device_id: str) -> bool:
    """Whether the car park says that it is not connected, so that its number is the last one before that."""
    connected = fields.get("connecte", CONNECTED)
    if str(connected) not in (CONNECTED, CUT_OFF):
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"connecte is {connected!r:.60}; known are 0 and 1", device_id
        )
    return str(connected) == CUT_OFF


def _read_numbers(fields: Mapping[str, Any], device_id: str) -> tuple[int, int | None] | None:
    """(vacant, capacity), or None without a vacancy."""
    if "libre" not in fields:
        return None
    vacant, capacity = whole_number(fields["libre"], "libre", device_id), read_capacity(fields, device_id)
    if capacity is not None and vacant > capacity:
        raise RecordRefusedError(
            RejectReason.FREE_ABOVE_CAPACITY,
            f"libre {vacant} is above total {capacity}: more free than there are; recount the car park",
            device_id,
        )
    return vacant, capacity


def _read_time(fields: Mapping[str, Any], device_id: str, arrival: datetime | None) -> datetime:
    value = fields.get("mdate")
    if value is None:
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD, "record has no mdate, so its number has no time", device_id
        )
    try:
        if not isinstance(value, str):
            raise ValueError("not a text")
        read = datetime.fromisoformat(value.strip())
        return from_local(read, ZONE, arrival) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordRefusedError(
            RejectReason.BAD_TIME, f"mdate {value!r:.60} is no time: {error}", device_id
        ) from error


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The car parks of a recording, each as its record describes it, or its id alone where that is unusable."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        records = list(split(recording)) if recording is not None else []
    except RecordRefusedError:
        records = []  # decode refuses the same body, with its bytes
    found = {}
    for record in records:
        try:
            if isinstance(record, RecordRefusedError):
                raise record
            device_id = _identify(record.fields)
        except RecordRefusedError:
            continue  # decode refuses the same record, with its bytes
        device = Device(source=INFO.id, id=device_id, valid_for_s=INFO.valid_for_s)
        for fields in (record.fields, {}):
            try:
                found[device_id] = read_place(device_id, fields, tenant, device)
                break
            except RecordRefusedError as error:
                ledger.refuse(error, record.raw)
            except InvalidPlaceError as error:
                refused = RecordRefusedError(RejectReason.MALFORMED_RECORD, str(error), device_id)
                ledger.refuse(refused, record.raw)
    return Declared(list(found.values()), ledger.rejects, city="Bordeaux")
