"""Nantes' records, whatever their decade, as observations. Field table: docs/mapping/nantes.md."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parking.instants import is_ahead, undo_false_utc
from parking.observations import Observation
from parking.words import Fault, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, Paging, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.numbers import find_number, require_within, whole_number
from sensors.reading.times import Stamp, read_stamp, require_arrived, sound_times, typical_arrival
from sensors.sources.nantes.places import ATTRIBUTION, NAME, read_communes, read_places
from sensors.sources.nantes.wire import NantesRecord, split

_PORTAL = "https://data.nantesmetropole.fr"
_DATASETS = (
    "244400404_parkings-publics-nantes-disponibilites",
    "244400404_parcs-relais-nantes-metropole-disponibilites",
)

INFO = SourceInfo(
    id="nantes",
    name="Nantes Métropole, parkings publics et parcs-relais",
    tenant="nantes",
    zone="Europe/Paris",
    licence="Licence Ouverte 2.0 / ODbL",
    url=_PORTAL,
    time_basis=TimeBasis.DEVICE,
    has_thresholds=True,
    valid_for_s=15 * 60,
    poll_every_s=60,
    feeds=tuple(f"{_PORTAL}/api/explore/v2.1/catalog/datasets/{dataset}/records" for dataset in _DATASETS),
    paging=Paging.OPENDATASOFT,
)
ZONE = ZoneInfo(INFO.zone)

LEGACY_TIME = "%d/%m/%Y %H:%M:%S"

STATUT = {
    0: Opening.UNKNOWN,  # invalid: counting out of service, the sign is dark
    1: Opening.CLOSED,  # sign says FERME
    2: Opening.SUBSCRIBERS_ONLY,  # sign says ABONNES
    5: Opening.OPEN,  # sign shows the number, or COMPLET
}


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter."""
    ledger = Ledger(tenant, INFO.id, received_at)
    records = ledger.split(payload, split)
    if records is None:
        return ledger.decoded()
    arrival = (_typical_arrival(records, received_at) or received_at) if recorded else received_at

    def read(record: NantesRecord) -> Iterator[Observation]:
        arrived_at = (_published_at(record, received_at) if recorded else None) or arrival
        return _observe(record, ledger, arrived_at)

    ledger.read_each(records, payload, read, arrival)
    return ledger.decoded(arrival)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The car parks and park-and-ride sites of Nantes, from our own list; recordings add nothing to it."""
    return Declared(read_places(tenant, INFO.id, INFO.valid_for_s), (), NAME, ATTRIBUTION, read_communes())


def _observe(record: NantesRecord, ledger: Ledger, arrival: datetime) -> Iterator[Observation]:
    """The observations in one record, and then an error for what of it cannot be used."""
    fields = record.fields
    device_id = _identify(fields)
    stamp = _read_time(_require(fields, "grp_horodatage", device_id), device_id, arrival)
    says_utc = stamp.written.tzinfo is not None and not stamp.written.utcoffset()
    observed_at = undo_false_utc(stamp.at, arrival, ZONE) if says_utc else stamp.at
    require_arrived(observed_at, arrival, "grp_horodatage", device_id, stamp.at)
    shift_s = int((stamp.at - observed_at).total_seconds())
    seen = ledger.sighting(device_id, observed_at, arrival, TimeBasis.DEVICE, shift_s=shift_s)
    statut = whole_number(_require(fields, "grp_statut", device_id), "grp_statut", device_id)
    yield seen.opening(STATUT.get(statut, Opening.UNKNOWN))
    if statut not in STATUT:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"grp_statut is {statut}; known are 0, 1, 2 and 5", device_id
        )
    counted = None if statut == 0 else _read_numbers(fields, device_id)
    if statut == 0:
        yield seen.fault(Fault.COUNTING_OUT_OF_SERVICE)
    elif counted is None:
        yield seen.unusable()
    else:
        vacant, capacity, full_at = counted
        yield seen.counted(vacant, capacity, ("count", *counted), full_at=full_at)
    _check_location(fields.get("location"), device_id)


def _identify(fields: Mapping[str, object]) -> str:
    """``idobj`` alone: names and group ids have been given to other car parks over the years."""
    value = fields.get("idobj")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        name = fields.get("grp_nom")
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD,
            f"record of {name!r:.60} has no idobj, and nothing else names a car park for good",
        )
    return value.strip()[:64]


def _require(fields: Mapping[str, object], name: str, device_id: str) -> object:
    value = fields.get(name)
    if value is None or value == "":
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"record has no {name}", device_id)
    return value


def _read_numbers(fields: Mapping[str, object], device_id: str) -> tuple[int, int | None, int | None] | None:
    """(vacant, capacity, threshold); a missing number is None, and a record without a vacancy says nothing of it."""
    vacant = find_number(fields, "grp_disponible", device_id)
    if vacant is None:
        vacant = find_number(fields, "disponibilite", device_id)
    capacity, full_at = (find_number(fields, name, device_id) for name in ("grp_exploitation", "grp_complet"))
    if vacant is None:
        return None
    require_within(vacant, capacity, ("grp_disponible", "grp_exploitation"), device_id, "more free than there are")
    return vacant, capacity, full_at


def _read_time(value: object, device_id: str, arrival: datetime | None) -> Stamp:
    """``dd/MM/yyyy HH:mm:ss`` is Paris time; ISO 8601 says its own offset, or is Paris time without one."""
    return read_stamp(value, "grp_horodatage", ZONE, arrival, device_id, _parse)


def _parse(text: str) -> datetime:
    return datetime.strptime(text, LEGACY_TIME) if "/" in text else datetime.fromisoformat(text)  # noqa: DTZ007


def _check_location(location: object, device_id: str) -> None:
    """v1 sends [lat, lon], v2.1 {lon, lat}. The catalogue knows where places are: nonsense is told, no more."""
    if location is None:
        return
    pair = [location.get("lat"), location.get("lon")] if isinstance(location, dict) else location
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, int | float) for part in pair):
        raise RecordRefusedError(RejectReason.BAD_COORDINATES, f"location is {location!r:.80}", device_id)
    lat, lon = pair
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise RecordRefusedError(
            RejectReason.BAD_COORDINATES, f"lat {lat} lon {lon} is nowhere: lat -90..90, lon -180..180", device_id
        )


def _typical_arrival(records: list[NantesRecord | RecordRefusedError], now: datetime) -> datetime | None:
    """When a recording arrived: as its records were published, else when most of them say that they were observed.

    The newest time within a quarter of an hour after the middle one: one record from the future moves nobody's clock.
    """
    published = sound_times(records, lambda record: _read_time(record.record_timestamp, "", None).at, now)
    times = published or sound_times(
        records, lambda record: _read_time(record.fields.get("grp_horodatage"), "", None).at, now
    )
    return typical_arrival(times, timedelta(seconds=INFO.valid_for_s))


def _published_at(record: NantesRecord, now: datetime) -> datetime | None:
    """When the portal published a record, if it says so, and not later than now."""
    try:
        at = _read_time(record.record_timestamp, "", None).at
    except RecordRefusedError:
        return None
    return None if is_ahead(at, now) else at
