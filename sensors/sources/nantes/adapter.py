"""Nantes' records, whatever their decade, as observations. Field table: docs/mapping/nantes.md."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median_high
from typing import Any
from zoneinfo import ZoneInfo

from parking.instants import from_local, is_ahead, undo_false_utc
from parking.observations import DeviceFault, Observation, OpeningChanged, SiteCounted, make_event_id
from parking.words import Fault, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, Ledger, RecordRefusedError, SourceInfo, whole_number
from sensors.sources.nantes.places import ATTRIBUTION, NAME, read_communes, read_places
from sensors.sources.nantes.wire import WireRecord, split

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
    try:
        records = list(split(payload))
    except RecordRefusedError as error:
        ledger.refuse(error, payload)
        return ledger.decoded()
    arrival = (_typical_arrival(records, received_at) or received_at) if recorded else received_at

    def read(record: WireRecord) -> Iterator[Observation]:
        arrived_at = (_published_at(record, received_at) if recorded else None) or arrival
        return _observe(record, tenant, arrived_at)

    ledger.read_each(records, payload, read)
    return ledger.decoded(arrival)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The car parks and park-and-ride sites of Nantes, from our own list; recordings add nothing to it."""
    return Declared(read_places(tenant, INFO.id, INFO.valid_for_s), (), NAME, ATTRIBUTION, read_communes())


def _observe(record: WireRecord, tenant: str, arrival: datetime) -> Iterator[Observation]:
    """The observations in one record: all of them or, by an error, none."""
    fields = record.fields
    device_id = _identify(fields)
    statut = whole_number(_require(fields, "grp_statut", device_id), "grp_statut", device_id)
    if statut not in STATUT:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"grp_statut is {statut}; known are 0, 1, 2 and 5", device_id
        )
    stated, says_utc = _read_time(_require(fields, "grp_horodatage", device_id), device_id, arrival)
    observed_at = undo_false_utc(stated, arrival, ZONE) if says_utc else stated
    if is_ahead(observed_at, arrival):
        raise RecordRefusedError(
            RejectReason.FUTURE_TIME, f"grp_horodatage {stated.isoformat()} is later than its arrival", device_id
        )
    envelope: dict[str, Any] = {
        "tenant": tenant,
        "source": INFO.id,
        "device_id": device_id,
        "observed_at": observed_at,
        "received_at": arrival,
        "time_basis": TimeBasis.DEVICE,
        "time_shift_s": int((stated - observed_at).total_seconds()),
    }

    def event_id(*content: object) -> str:
        return make_event_id(INFO.id, device_id, observed_at, *content)

    opening = STATUT[statut]
    numbers = None if statut == 0 else _read_numbers(fields, device_id)
    _check_location(fields.get("location"), device_id)
    if statut == 0:
        fault = Fault.COUNTING_OUT_OF_SERVICE
        yield DeviceFault(event_id=event_id("fault", fault), fault=fault, **envelope)
    elif numbers is not None:
        vacant, capacity, full_at = numbers
        yield SiteCounted(
            event_id=event_id("count", vacant, capacity, full_at),
            vacant=vacant,
            capacity=capacity,
            full_at=full_at,
            **envelope,
        )
    yield OpeningChanged(event_id=event_id("opening", opening), opening=opening, **envelope)


def _identify(fields: Mapping[str, Any]) -> str:
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


def _require(fields: Mapping[str, Any], name: str, device_id: str) -> object:
    value = fields.get(name)
    if value is None or value == "":
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"record has no {name}", device_id)
    return value


def _read_numbers(fields: Mapping[str, Any], device_id: str) -> tuple[int, int | None, int | None] | None:
    """(vacant, capacity, threshold); a missing number is None, and a record without a vacancy says nothing of it."""

    def number(name: str) -> int | None:
        value = fields.get(name)
        return None if value is None or value == "" else whole_number(value, name, device_id)

    vacant = number("grp_disponible")
    if vacant is None:
        vacant = number("disponibilite")
    capacity, full_at = number("grp_exploitation"), number("grp_complet")
    if vacant is not None and capacity is not None and vacant > capacity:
        raise RecordRefusedError(
            RejectReason.FREE_ABOVE_CAPACITY,
            f"grp_disponible {vacant} is above grp_exploitation {capacity}: more free than there are",
            device_id,
        )
    return None if vacant is None else (vacant, capacity, full_at)


def _read_time(value: object, device_id: str, arrival: datetime | None) -> tuple[datetime, bool]:
    """The time, and whether it was labelled UTC.

    ``dd/MM/yyyy HH:mm:ss`` is Paris time; ISO 8601 says its own offset, or is Paris time without one.
    """
    try:
        if not isinstance(value, str):
            raise ValueError("not a text")
        text = value.strip()
        legacy = "/" in text
        read = datetime.strptime(text, LEGACY_TIME) if legacy else datetime.fromisoformat(text)  # noqa: DTZ007
        if read.tzinfo is None:
            return from_local(read, ZONE, arrival), False
        return read.astimezone(UTC), not read.utcoffset()
    except (ValueError, OverflowError) as error:
        raise RecordRefusedError(
            RejectReason.BAD_TIME, f"grp_horodatage {value!r:.60} is no time: {error}", device_id
        ) from error


def _check_location(location: object, device_id: str) -> None:
    """v1 sends [lat, lon], v2.1 {lon, lat}. The catalogue knows where places are; nonsense still costs the record."""
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


def _typical_arrival(records: list[WireRecord | RecordRefusedError], now: datetime) -> datetime | None:
    """When a recording arrived: as its records were published, else when most of them say that they were observed.

    The newest time within a quarter of an hour after the middle one: one record from the future moves nobody's clock.
    """
    whole = [record for record in records if not isinstance(record, RecordRefusedError)]
    published = [at for record in whole if (at := _published_at(record, now)) is not None]
    times = sorted(published or (at for record in whole if (at := _stated_at(record, now)) is not None))
    if not times:
        return None
    return max(at for at in times if at - median_high(times) <= timedelta(seconds=INFO.valid_for_s))


def _published_at(record: WireRecord, now: datetime) -> datetime | None:
    """When the portal published a record, if it says so, and not later than now."""
    return _time_or_none(record.record_timestamp, now)


def _stated_at(record: WireRecord, now: datetime) -> datetime | None:
    return _time_or_none(record.fields.get("grp_horodatage"), now)


def _time_or_none(value: object, now: datetime) -> datetime | None:
    try:
        at, _ = _read_time(value, "", None)
    except RecordRefusedError:
        return None
    return None if is_ahead(at, now) else at
