"""Freiburg: single bays for disabled people, and park-and-ride counts. Field table: docs/mapping/freiburg.md."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from parking.instants import from_local, is_ahead
from parking.observations import Observation, SiteCounted, SpaceObserved, make_event_id
from parking.words import Audience, RejectReason, SpaceState, TimeBasis
from sensors.contract import (
    Declared,
    Decoded,
    Ledger,
    RecordRefusedError,
    SourceInfo,
    required_text,
    typical_arrival,
    whole_number,
)
from sensors.sources.freiburg.sites import bay_number, read_places
from sensors.sources.freiburg.wire import BAYS, PARK_AND_RIDE, Feature, split

INFO = SourceInfo(
    id="freiburg",
    name="Stadt Freiburg, bays for disabled people and park and ride",
    tenant="freiburg",
    zone="Europe/Berlin",
    licence=None,  # stated for park and ride alone
    url="https://geoportal.freiburg.de",
    time_basis=TimeBasis.ARRIVAL,
    audiences=(Audience.PUBLIC, Audience.DISABLED),
    single_spaces=True,
    valid_for_s=15 * 60,
    sidecars=(BAYS, PARK_AND_RIDE),
)
ZONE = ZoneInfo(INFO.zone)
STATES = {0: SpaceState.FREE, 1: SpaceState.OCCUPIED}


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. Bays come without a time; counts with the time of the city's own snapshot."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        features = list(split(payload))
    except RecordRefusedError as error:
        ledger.refuse(error, payload)
        return ledger.decoded()
    arrival = (_arrival(features, received_at) if recorded else None) or received_at
    ledger.read_each(features, payload, lambda one: [(_count if one.is_count else _see)(one, tenant, arrival)])
    return ledger.decoded(arrival)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The bays by street and the park-and-ride sites, of the files beside the recording and of the recording."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, sidecars, tenant, ledger), ledger.rejects, "Freiburg")


def _see(feature: Feature, tenant: str, arrival: datetime) -> Observation:
    bay = bay_number(feature)
    status = _number(feature, "status", bay)
    if status not in STATES:
        raise RecordRefusedError(RejectReason.UNKNOWN_STATUS, f"status is {status}; known are 0 and 1", bay)
    state = STATES[status]
    return SpaceObserved(
        event_id=make_event_id(INFO.id, bay, arrival, state),
        tenant=tenant,
        source=INFO.id,
        device_id=bay,
        observed_at=arrival,
        received_at=arrival,
        time_basis=TimeBasis.ARRIVAL,
        state=state,
    )


def _count(feature: Feature, tenant: str, arrival: datetime) -> Observation:
    site = required_text(feature.properties, "park_id")
    vacant, capacity = (_number(feature, name, site) for name in ("obs_free", "obs_max"))
    if vacant > capacity:
        raise RecordRefusedError(
            RejectReason.FREE_ABOVE_CAPACITY, f"obs_free {vacant} is above obs_max {capacity}: check the counter", site
        )
    observed_at = _read_time(feature, arrival)
    if is_ahead(observed_at, arrival):
        raise RecordRefusedError(
            RejectReason.FUTURE_TIME, f"obs_ts {observed_at.isoformat()} is later than its arrival", site
        )
    return SiteCounted(
        event_id=make_event_id(INFO.id, site, observed_at, vacant, capacity),
        tenant=tenant,
        source=INFO.id,
        device_id=site,
        observed_at=observed_at,
        received_at=arrival,
        time_basis=TimeBasis.GATEWAY,
        vacant=vacant,
        capacity=capacity,
    )


def _number(feature: Feature, name: str, device_id: str) -> int:
    value = feature.properties.get(name)
    if value is None or value == "":
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"feature has no {name}: ask the source", device_id)
    return whole_number(value, name, device_id)


def _read_time(feature: Feature, arrival: datetime | None) -> datetime:
    """Freiburg's wall clock, unless an offset stands there."""
    text = required_text(feature.properties, "obs_ts")
    try:
        if not isinstance(feature.properties["obs_ts"], str):
            raise ValueError("not a text")
        read = datetime.fromisoformat(text)
        return from_local(read, ZONE, arrival) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordRefusedError(RejectReason.BAD_TIME, f"obs_ts {text!r:.60} is no time: {error}") from error


def _arrival(features: Sequence[Feature | RecordRefusedError], now: datetime) -> datetime | None:
    times = []
    for feature in features:
        if isinstance(feature, Feature) and feature.is_count:
            try:
                times.append(_read_time(feature, None))
            except RecordRefusedError:
                continue  # refused with its bytes when its turn comes
    return typical_arrival((at for at in times if not is_ahead(at, now)), timedelta(seconds=INFO.valid_for_s))
