"""Single bays of Ulm's car parks. Field table: docs/mapping/ulm.md."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from parking.instants import from_local, is_ahead
from parking.observations import Observation, SpaceObserved, make_event_id
from parking.words import Audience, RejectReason, SpaceState, TimeBasis
from sensors.bodies import JsonRecord
from sensors.contract import (
    Declared,
    Decoded,
    Ledger,
    RecordRefusedError,
    SourceInfo,
    required_text,
    typical_arrival,
)
from sensors.sources.ulm.spots import read_places
from sensors.sources.ulm.wire import COUNT_FIELD, SPOTS, split_spots

INFO = SourceInfo(
    id="ulm",
    name="Stadt Ulm, E-Quartiershubs: single bays",
    tenant="ulm",
    zone="Europe/Berlin",
    licence=None,
    url="https://citysens-iot.swu.de",
    time_basis=TimeBasis.DEVICE,
    audiences=(Audience.PUBLIC, Audience.DISABLED, Audience.EV),
    single_spaces=True,
    valid_for_s=25 * 3600,  # a sensor speaks once a day at least
    sidecars=(SPOTS,),
)
ZONE = ZoneInfo(INFO.zone)


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. A recording arrived with its newest message; it says nothing else."""
    ledger = Ledger(tenant, INFO.id, received_at)
    try:
        records = list(split_spots(payload))
    except RecordRefusedError as error:
        ledger.refuse(error, payload)
        return ledger.decoded()
    arrival = (_arrival(records, received_at) if recorded else None) or received_at
    ledger.read_each(records, payload, lambda one: [_observe(one.fields, tenant, arrival)])
    return ledger.decoded(arrival)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The bays of the list beside the recording, then those that the recording alone knows, a zone a car park."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, sidecars, tenant, ledger), ledger.rejects, "Ulm")


def _observe(fields: Mapping[str, Any], tenant: str, arrival: datetime) -> Observation:
    bay = required_text(fields, "id")
    if COUNT_FIELD in fields:
        raise RecordRefusedError(
            RejectReason.NOT_FOLDED,
            f"a car park's count: whether {COUNT_FIELD} counts cars or free spaces is stated nowhere; ask the operator",
            bay,
        )
    occupied = fields.get("occupied")
    if not isinstance(occupied, bool):
        reason = RejectReason.MISSING_FIELD if occupied is None else RejectReason.WRONG_TYPE
        raise RecordRefusedError(reason, f"occupied is {occupied!r:.40}, not true or false", bay)
    observed_at = _read_time(fields, bay)
    if is_ahead(observed_at, arrival):
        raise RecordRefusedError(
            RejectReason.FUTURE_TIME, f"timestamp {observed_at.isoformat()} is later than its arrival", bay
        )
    state = SpaceState.OCCUPIED if occupied else SpaceState.FREE
    return SpaceObserved(
        event_id=make_event_id(INFO.id, bay, observed_at, state),
        tenant=tenant,
        source=INFO.id,
        device_id=bay,
        observed_at=observed_at,
        received_at=arrival,
        time_basis=INFO.time_basis,
        state=state,
    )


def _read_time(fields: Mapping[str, Any], bay: str) -> datetime:
    text = required_text(fields, "timestamp", bay)
    try:
        if not isinstance(fields["timestamp"], str):
            raise ValueError("not a text")
        read = datetime.fromisoformat(text)
        return from_local(read, ZONE, None) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordRefusedError(RejectReason.BAD_TIME, f"timestamp {text!r:.60} is no time: {error}", bay) from error


def _arrival(records: Sequence[JsonRecord | RecordRefusedError], now: datetime) -> datetime | None:
    times = []
    for record in records:
        if not isinstance(record, RecordRefusedError):
            try:
                times.append(_read_time(record.fields, ""))
            except RecordRefusedError:
                continue  # refused with its bytes when its turn comes
    return typical_arrival((at for at in times if not is_ahead(at, now)), timedelta(seconds=INFO.valid_for_s))
