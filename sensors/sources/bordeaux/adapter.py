"""Bordeaux' car parks as observations. Field table: docs/mapping/bordeaux.md."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parking.catalogue.model import Device
from parking.errors import InvalidPlaceError
from parking.observations import Observation
from parking.words import Audience, Fault, FillLevel, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, Paging, RecordRefusedError, SourceInfo
from sensors.dialect import as_utf8
from sensors.ledger import Ledger
from sensors.reading.numbers import find_counted, find_number
from sensors.reading.times import commonest_arrival, read_instant, require_arrived, sound_times
from sensors.sources.bordeaux.places import audience_of, read_place
from sensors.sources.bordeaux.wire import BordeauxRecord, split

INFO = SourceInfo(
    id="bordeaux",
    name="Bordeaux Métropole, parkings hors voirie (ST_PARK_P)",
    tenant="bordeaux",
    zone="Europe/Paris",
    licence=None,
    licence_by="opendata.bordeaux-metropole.fr",
    url="https://opendata.bordeaux-metropole.fr/explore/dataset/st_park_p/",
    time_basis=TimeBasis.GATEWAY,
    audiences=(Audience.PUBLIC, Audience.SUBSCRIBER),
    poll_every_s=60,
    feeds=("https://opendata.bordeaux-metropole.fr/api/explore/v2.1/catalog/datasets/st_park_p/records",),
    paging=Paging.OPENDATASOFT,
    valid_for_s=15 * 60,
)
ZONE = ZoneInfo(INFO.zone)
FULL = "COMPLET"
ETAT = {"LIBRE": Opening.OPEN, "OUVERT": Opening.OPEN, FULL: Opening.OPEN, "FERME": Opening.CLOSED}
LEVELS = {"LIBRE": FillLevel.SPACES_AVAILABLE, FULL: FillLevel.FULL}  # OUVERT says that it is open, and no more
CONNECTED, CUT_OFF = "1", "0"
ADVICE = "more free than there are; recount the car park"


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter."""
    ledger = Ledger(tenant, INFO.id, received_at)
    records = ledger.split(payload, split)
    if records is None:
        return ledger.decoded()
    arrival = received_at
    if recorded:
        times = sound_times(records, lambda record: _read_time(record.fields, "", None), received_at)
        arrival = commonest_arrival(times, timedelta(seconds=INFO.valid_for_s)) or received_at
    ledger.read_each(records, payload, lambda record: _observe(record, ledger, arrival), arrival)
    return ledger.decoded(arrival)


def _observe(record: BordeauxRecord, ledger: Ledger, arrival: datetime) -> Iterator[Observation]:
    """The observations in one record, and then an error for what of it cannot be used."""
    fields = record.fields
    device_id, audience = _identify(fields), audience_of(fields)
    observed_at = _read_time(fields, device_id, arrival)
    require_arrived(observed_at, arrival, "mdate", device_id)
    seen = ledger.sighting(device_id, observed_at, arrival, INFO.time_basis)
    etat = fields.get("etat")
    word = etat.strip().upper() if isinstance(etat, str) else ""
    yield seen.opening(_opening(word, audience))
    if word not in ETAT:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"etat is {etat!r:.60}; known are {', '.join(ETAT)}", device_id
        )
    if _is_cut_off(fields, device_id):
        yield seen.fault(Fault.COMMUNICATIONS_FAILURE)
    elif (counted := find_counted(fields, ("libre", "total"), device_id, ADVICE)) is None:
        capacity = find_number(fields, "total", device_id) or None
        yield seen.without_number(LEVELS.get(word, FillLevel.UNKNOWN), capacity, audience)
    else:
        full_at = counted[0] if word == FULL else None  # the sign reads full at this many, or more
        yield seen.counted(*counted, ("count", *counted, word, audience), full_at=full_at, category=audience)


def _opening(word: str, audience: Audience) -> Opening:
    """Who may drive in: a car park for subscribers that is open is open to them."""
    opening = ETAT.get(word, Opening.UNKNOWN)
    return Opening.SUBSCRIBERS_ONLY if opening is Opening.OPEN and audience is Audience.SUBSCRIBER else opening


def _identify(fields: Mapping[str, object]) -> str:
    """``ident`` alone: names repeat (there are two of Parc-Relais La Gardette)."""
    value = fields.get("ident")
    if not isinstance(value, str) or not 0 < len(value.strip()) <= 64 or not value.isprintable():
        name = fields.get("nom")
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD, f"record of {name!r:.60} has no ident of 1..64 characters; ask the source"
        )
    return value.strip()


def _is_cut_off(fields: Mapping[str, object], device_id: str) -> bool:
    """Whether the car park says that it is not connected, so that its number is the last one before that."""
    connected = fields.get("connecte", CONNECTED)
    if str(connected) not in (CONNECTED, CUT_OFF):
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"connecte is {connected!r:.60}; known are 0 and 1", device_id
        )
    return str(connected) == CUT_OFF


def _read_time(fields: Mapping[str, object], device_id: str, arrival: datetime | None) -> datetime:
    value = fields.get("mdate")
    if value is None:
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD, "record has no mdate, so its number has no time", device_id
        )
    return read_instant(value, "mdate", ZONE, arrival, device_id)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The car parks of a recording, each as its record describes it, or its id alone where that is unusable."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        records = list(split(as_utf8(recording))) if recording is not None else []
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
            except (RecordRefusedError, InvalidPlaceError) as error:
                ledger.refuse(error, record.raw, device_id)
    return Declared(list(found.values()), ledger.rejects, city="Bordeaux")
