"""Los Angeles' parking meters as single spaces. Field table: docs/mapping/los_angeles.md."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from parking.observations import Observation
from parking.words import RejectReason, SpaceState, TimeBasis
from sensors.contract import Declared, Decoded, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.texts import required_text
from sensors.reading.times import read_instant, require_arrived, sound_times, typical_arrival
from sensors.sources.los_angeles.meters import read_places
from sensors.sources.los_angeles.wire import METERS, split_states

INFO = SourceInfo(
    id="los_angeles",
    name="LADOT Parking Meter Occupancy",
    tenant="los_angeles",
    zone="America/Los_Angeles",
    licence=None,
    licence_by="LADOT, data.lacity.org",
    url="https://data.lacity.org",
    time_basis=TimeBasis.DEVICE,
    single_spaces=True,
    poll_every_s=60,
    feeds=("https://data.lacity.org/resource/e7h6-4a3e.json?$limit=50000",),  # else it gives 1,000
    valid_for_s=24 * 3600,  # a stamp is the last change of a meter's space, and a car may stand there all day
    sidecars=(METERS,),
)
EVENT_TIME = "%m/%d/%Y %I:%M:%S %p"
STATES = {"VACANT": SpaceState.FREE, "OCCUPIED": SpaceState.OCCUPIED, "UNKNOWN": SpaceState.UNKNOWN}


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. A recording arrived when its newest change happened; it says nothing else."""
    ledger = Ledger(tenant, INFO.id, received_at)
    lines = ledger.split(payload, split_states)
    if lines is None:
        return ledger.decoded()
    arrival = received_at
    if recorded:
        times = sound_times(lines, lambda line: _read_time(line.fields.get("EventTime_UTC", "")), received_at)
        arrival = typical_arrival(times, timedelta(seconds=INFO.valid_for_s)) or received_at
    ledger.read_each(lines, payload, lambda line: [_observe(line.fields, ledger, arrival)], arrival)
    return ledger.decoded(arrival)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The meters of the list beside the recording, then those that the recording alone knows, in street zones."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, sidecars, tenant, ledger), ledger.rejects, "Los Angeles")


def _observe(row: Mapping[str, str], ledger: Ledger, arrival: datetime) -> Observation:
    meter = required_text(row, "SpaceID")
    observed_at = _read_time(required_text(row, "EventTime_UTC", meter), meter)
    require_arrived(observed_at, arrival, "EventTime_UTC", meter)
    seen = ledger.sighting(meter, observed_at, arrival, INFO.time_basis)
    word = required_text(row, "OccupancyState", meter)
    if word not in STATES:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"OccupancyState is {word}; known are {', '.join(STATES)}", meter
        )
    return seen.space(STATES[word])


def _read_time(text: str, meter: str | None = None) -> datetime:
    """Month before day, twelve hours, and UTC as the column's name says: the meters' midnight stands there at 08:00."""
    return read_instant(text, "EventTime_UTC", UTC, None, meter, _parse)


def _parse(text: str) -> datetime:
    """As the table writes it, or as the portal's JSON does: year first, without an offset."""
    if text[:1].isdigit() and text[4:5] == "-":
        return datetime.fromisoformat(text)
    return datetime.strptime(text, EVENT_TIME).replace(tzinfo=UTC)
