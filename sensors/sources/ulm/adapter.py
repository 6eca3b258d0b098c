"""Single bays of Ulm's car parks. Field table: docs/mapping/ulm.md."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parking.observations import Observation
from parking.words import Audience, RejectReason, SpaceState, TimeBasis
from sensors.contract import Declared, Decoded, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.texts import required_text
from sensors.reading.times import no_time, read_instant, require_arrived, sound_times, typical_arrival
from sensors.sources.ulm.spots import read_places
from sensors.sources.ulm.wire import COUNT_FIELD, SPOTS, split_spots

INFO = SourceInfo(
    id="ulm",
    name="Stadt Ulm, E-Quartiershubs: single bays",
    tenant="ulm",
    zone="Europe/Berlin",
    licence=None,
    licence_by="the operator of citysens-iot.swu.de",
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
    records = ledger.split(payload, split_spots)
    if records is None:
        return ledger.decoded()
    arrival = received_at
    if recorded:
        times = sound_times(records, lambda record: _read_time(record.fields, ""), received_at)
        arrival = typical_arrival(times, timedelta(seconds=INFO.valid_for_s)) or received_at
    ledger.read_each(records, payload, lambda record: [_observe(record.fields, ledger, arrival)], arrival)
    return ledger.decoded(arrival)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The bays of the list beside the recording, then those that the recording alone knows, a zone a car park."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, sidecars, tenant, ledger), ledger.rejects, "Ulm")


def _observe(fields: Mapping[str, object], ledger: Ledger, arrival: datetime) -> Observation:
    bay = required_text(fields, "id")
    if COUNT_FIELD in fields:
        raise RecordRefusedError(
            RejectReason.NOT_FOLDED,
            f"a car park's count: whether {COUNT_FIELD} counts cars or free spaces is stated nowhere; ask the operator",
            bay,
        )
    observed_at = _read_time(fields, bay)
    require_arrived(observed_at, arrival, "timestamp", bay)
    seen = ledger.sighting(bay, observed_at, arrival, INFO.time_basis)
    occupied = fields.get("occupied")
    if not isinstance(occupied, bool):
        reason = RejectReason.MISSING_FIELD if occupied is None else RejectReason.WRONG_TYPE
        raise RecordRefusedError(reason, f"occupied is {occupied!r:.40}, not true or false", bay)
    return seen.space(SpaceState.OCCUPIED if occupied else SpaceState.FREE)


def _read_time(fields: Mapping[str, object], bay: str) -> datetime:
    text = required_text(fields, "timestamp", bay)
    if not isinstance(fields["timestamp"], str):
        raise no_time(text, "timestamp", "not a text", bay)
    return read_instant(text, "timestamp", ZONE, None, bay)
