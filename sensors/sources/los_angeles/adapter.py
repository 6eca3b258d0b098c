"""Los Angeles' parking meters as single spaces. Field table: docs/mapping/los_angeles.md."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from parking.instants import is_ahead
from parking.observations import Observation, SpaceObserved, make_event_id
from parking.words import RejectReason, SpaceState, TimeBasis
from sensors.bodies import CsvRecord
from sensors.contract import (
    Declared,
    Decoded,
    Ledger,
    RecordRefusedError,
    SourceInfo,
    required_text,
    typical_arrival,
)
from sensors.sources.los_angeles.meters import read_places
from sensors.sources.los_angeles.wire import METERS, split_states

INFO = SourceInfo(
    id="los_angeles",
    name="LADOT Parking Meter Occupancy",
    tenant="los_angeles",
    zone="America/Los_Angeles",
    licence=None,
    url="https://data.lacity.org",
    time_basis=TimeBasis.DEVICE,
    single_spaces=True,
    valid_for_s=24 * 3600,  # a stamp is the last change of a meter's space, and a car may stand there all day
    sidecars=(METERS,),
)
EVENT_TIME = "%m/%d/%Y %I:%M:%S %p"
STATES = {"VACANT": SpaceState.FREE, "OCCUPIED": SpaceState.OCCUPIED, "UNKNOWN": SpaceState.UNKNOWN}


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. A recording arrived when its newest change happened; it says nothing else."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        lines = list(split_states(payload))
    except RecordRefusedError as error:
        ledger.refuse(error, payload)
        return ledger.decoded()
    arrival = (_arrival(lines, received_at) if recorded else None) or received_at
    ledger.read_each(lines, payload, lambda one: [_observe(one.fields, tenant, arrival)])
    return ledger.decoded(arrival)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The meters of the list beside the recording, then those that the recording alone knows, in street zones."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, sidecars, tenant, ledger), ledger.rejects, "Los Angeles")


def _observe(row: Mapping[str, str], tenant: str, arrival: datetime) -> Observation:
    meter = required_text(row, "SpaceID")
    word = required_text(row, "OccupancyState", meter)
    if word not in STATES:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"OccupancyState is {word}; known are {', '.join(STATES)}", meter
        )
    observed_at = _read_time(required_text(row, "EventTime_UTC", meter), meter)
    if is_ahead(observed_at, arrival):
        raise RecordRefusedError(
            RejectReason.FUTURE_TIME, f"EventTime_UTC {observed_at.isoformat()} is later than its arrival", meter
        )
    return SpaceObserved(
        event_id=make_event_id(INFO.id, meter, observed_at, STATES[word]),
        tenant=tenant,
        source=INFO.id,
        device_id=meter,
        observed_at=observed_at,
        received_at=arrival,
        time_basis=INFO.time_basis,
        state=STATES[word],
    )


def _read_time(text: str, meter: str) -> datetime:
    """Month before day, twelve hours, and UTC as the column's name says: the meters' midnight stands there at 08:00."""
    try:
        return datetime.strptime(text, EVENT_TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise RecordRefusedError(
            RejectReason.BAD_TIME, f"EventTime_UTC {text!r:.60} is no time: {error}", meter
        ) from error


def _arrival(lines: Sequence[CsvRecord | RecordRefusedError], now: datetime) -> datetime | None:
    times = []
    for line in lines:
        if not isinstance(line, RecordRefusedError):
            try:
                times.append(_read_time(line.fields["EventTime_UTC"].strip(), ""))
            except RecordRefusedError:
                continue  # refused with its bytes when its turn comes
    return typical_arrival((at for at in times if not is_ahead(at, now)), timedelta(seconds=INFO.valid_for_s))
