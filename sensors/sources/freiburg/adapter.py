"""Freiburg: single bays for disabled people, and park-and-ride counts. Field table: docs/mapping/freiburg.md."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parking.observations import Observation
from parking.words import Audience, Fault, RejectReason, SpaceState, TimeBasis
from sensors.contract import Declared, Decoded, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.numbers import require_within, whole_number
from sensors.reading.texts import required_text
from sensors.reading.times import no_time, read_instant, require_arrived, sound_times, typical_arrival
from sensors.sources.freiburg.sites import bay_number, read_places
from sensors.sources.freiburg.wire import BAYS, PARK_AND_RIDE, Feature, split

INFO = SourceInfo(
    id="freiburg",
    name="Stadt Freiburg, bays for disabled people and park and ride",
    tenant="freiburg",
    zone="Europe/Berlin",
    licence=None,  # stated for park and ride alone
    licence_by="geoportal.freiburg.de",
    url="https://geoportal.freiburg.de",
    time_basis=TimeBasis.ARRIVAL,
    audiences=(Audience.PUBLIC, Audience.DISABLED),
    single_spaces=True,
    valid_for_s=15 * 60,
    sidecars=(BAYS, PARK_AND_RIDE),
)
ZONE = ZoneInfo(INFO.zone)
NO_DATA, PARK_AND_RIDE_ID = "0", "PR"
"""A car park's state of a fault; park-and-ride sites bear it while they count."""

STATES = {0: SpaceState.FREE, 1: SpaceState.OCCUPIED}


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. Bays come without a time; counts with the time of the city's own snapshot."""
    ledger = Ledger(tenant, INFO.id, received_at)
    features = ledger.split(payload, split)
    if features is None:
        return ledger.decoded()
    arrival = received_at
    if recorded:
        times = sound_times(
            features, lambda feature: _read_time(feature, None) if feature.is_count else None, received_at
        )
        arrival = typical_arrival(times, timedelta(seconds=INFO.valid_for_s)) or received_at
    ledger.read_each(
        features, payload, lambda feature: [(_count if feature.is_count else _see)(feature, ledger, arrival)], arrival
    )
    return ledger.decoded(arrival)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The bays by street and the park-and-ride sites, of the files beside the recording and of the recording."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, sidecars, tenant, ledger), ledger.rejects, "Freiburg")


def _see(feature: Feature, ledger: Ledger, arrival: datetime) -> Observation:
    bay = bay_number(feature)
    status = _number(feature, "status", bay)
    if status not in STATES:
        raise RecordRefusedError(RejectReason.UNKNOWN_STATUS, f"status is {status}; known are 0 and 1", bay)
    return ledger.sighting(bay, arrival, arrival, TimeBasis.ARRIVAL).space(STATES[status])


def _count(feature: Feature, ledger: Ledger, arrival: datetime) -> Observation:
    site = required_text(feature.properties, "park_id")
    observed_at = _read_time(feature, arrival, site)
    require_arrived(observed_at, arrival, "obs_ts", site)
    seen = ledger.sighting(site, observed_at, arrival, TimeBasis.GATEWAY)
    if str(feature.properties.get("obs_state")).strip() == NO_DATA and not site.startswith(PARK_AND_RIDE_ID):
        return seen.fault(Fault.COUNTING_OUT_OF_SERVICE)
    vacant, capacity = (_number(feature, name, site) for name in ("obs_free", "obs_max"))
    require_within(vacant, capacity, ("obs_free", "obs_max"), site, "check the counter")
    return seen.counted(vacant, capacity, (vacant, capacity))


def _number(feature: Feature, name: str, device_id: str) -> int:
    value = feature.properties.get(name)
    if value is None or value == "":
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"feature has no {name}: ask the source", device_id)
    return whole_number(value, name, device_id)


def _read_time(feature: Feature, arrival: datetime | None, site: str | None = None) -> datetime:
    """Freiburg's wall clock, unless an offset stands there."""
    text = required_text(feature.properties, "obs_ts", site)
    if not isinstance(feature.properties["obs_ts"], str):
        raise no_time(text, "obs_ts", "not a text", site)
    return read_instant(text, "obs_ts", ZONE, arrival, site)
