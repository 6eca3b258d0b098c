"""Strasbourg's records, old and new, as observations. Field table: docs/mapping/strasbourg.md."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parking.catalogue.model import Device, Place
from parking.errors import InvalidPlaceError
from parking.observations import Observation
from parking.words import Fault, FillLevel, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, Paging, RecordRefusedError, SourceInfo
from sensors.dialect import as_utf8
from sensors.ledger import Ledger
from sensors.reading.numbers import find_counted, find_number
from sensors.reading.times import commonest_arrival, read_instant, require_arrived, sound_times
from sensors.sources.strasbourg.places import NAME, read_places
from sensors.sources.strasbourg.times import parse_time
from sensors.sources.strasbourg.wire import StrasbourgRecord, split

_PORTAL = "https://data.strasbourg.eu"
_DATASET = "occupation-parkings-temps-reel"

INFO = SourceInfo(
    id="strasbourg",
    name="Eurométropole de Strasbourg, occupation des parkings",
    tenant="strasbourg",
    zone="Europe/Paris",
    licence=None,
    licence_by="data.strasbourg.eu",
    url=f"{_PORTAL}/explore/dataset/{_DATASET}/",
    time_basis=TimeBasis.ARRIVAL,  # of the live feed; the older shapes state a time
    valid_for_s=15 * 60,
    poll_every_s=180,
    feeds=(f"{_PORTAL}/api/explore/v2.1/catalog/datasets/{_DATASET}/records",),
    paging=Paging.OPENDATASOFT,
)
ZONE = ZoneInfo(INFO.zone)

OPEN, CLOSED, NOT_COUNTED = "open", "closed", "not counted"
ADVICE = "more free than there are; look at the counter"
ETAT: dict[object, str] = {
    "0": NOT_COUNTED,  # "frequentation temps reel indisponible", with a libre of 0
    "1": OPEN,
    "2": CLOSED,
    "status_0": NOT_COUNTED,
    "status_1": OPEN,
    "status_4": CLOSED,
}
SIGN = {"LIBRE": FillLevel.SPACES_AVAILABLE, "COMPLET": FillLevel.FULL}  # else a number, OUVERT or FERME


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter."""
    ledger = Ledger(tenant, INFO.id, received_at)
    records = ledger.split(payload, split)
    if records is None:
        return ledger.decoded()
    arrival = received_at
    if recorded:
        times = sound_times(records, lambda record: _read_time(record, None), received_at)
        arrival = commonest_arrival(times, timedelta(seconds=INFO.valid_for_s)) or received_at
    ledger.read_each(records, payload, lambda record: _observe(record, ledger, arrival), arrival)
    return ledger.decoded(arrival)


def _read_time(record: StrasbourgRecord, arrival: datetime | None, device_id: str | None = None) -> datetime:
    return read_instant(record.stamp, "stamp", ZONE, arrival, device_id, parse_time)


def _observe(record: StrasbourgRecord, ledger: Ledger, arrival: datetime) -> Iterator[Observation]:
    """The observations in one record, and then an error for what of it cannot be used."""
    fields = record.fields
    device_id = _identify(fields)
    observed_at = arrival if record.stamp is None else _read_time(record, arrival, device_id)
    require_arrived(observed_at, arrival, "stamp", device_id)
    basis = TimeBasis.ARRIVAL if record.stamp is None else TimeBasis.GATEWAY
    seen = ledger.sighting(device_id, observed_at, arrival, basis)
    etat = fields.get("etat")
    state = ETAT.get(str(etat)) if isinstance(etat, int | str) and not isinstance(etat, bool) else None
    yield seen.opening(_opening(state, _sign(fields)))
    if state is None:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"etat is {etat!r:.60}; known are {', '.join(map(str, ETAT))}", device_id
        )
    if state == CLOSED:
        return
    level = SIGN.get(_sign(fields), FillLevel.UNKNOWN)
    counted = find_counted(fields, ("libre", "total"), device_id, ADVICE) if state == OPEN else None
    if counted is not None:
        yield seen.counted(*counted, ("count", *counted))
    elif state == NOT_COUNTED and level is FillLevel.UNKNOWN:
        yield seen.fault(Fault.COUNTING_OUT_OF_SERVICE)
    else:
        yield seen.without_number(level, find_number(fields, "total", device_id) or None)


def _sign(fields: Mapping[str, object]) -> str:
    """The text of its sign, empty where it has none."""
    text = fields.get("infousager")
    return text.strip().upper() if isinstance(text, str) else ""


def _opening(state: str | None, sign: str) -> Opening:
    """Where nothing is counted the sign still says whether the car park is open."""
    if state is None:
        return Opening.UNKNOWN
    if state == NOT_COUNTED:
        return Opening.OPEN if sign == "OUVERT" or sign in SIGN else Opening.UNKNOWN
    return Opening.OPEN if state == OPEN else Opening.CLOSED


def _identify(fields: Mapping[str, object]) -> str:
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


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """Our own list of car parks, and any other that a recording names."""
    ledger = Ledger(tenant, INFO.id, received_at)
    found = {place.id: place for place in read_places(tenant, INFO.id, INFO.valid_for_s)}
    try:
        records = list(split(as_utf8(recording))) if recording is not None else []
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
            ledger.refuse(error, record.raw)
    return Declared(list(found.values()), ledger.rejects, NAME)


def _place(device_id: str, name: object, tenant: str) -> Place:
    return Place(
        tenant=tenant,
        id=device_id,
        name=name.strip() if isinstance(name, str) and name.strip() else f"{NAME} {device_id}",
        devices=(Device(source=INFO.id, id=device_id, valid_for_s=INFO.valid_for_s),),
    )
