"""ParkAPI (ParkenDD, MobiData BW) as observations. Field table: docs/mapping/parkapi.md."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parking.observations import Observation
from parking.words import Audience, Fault, RejectReason, SpaceState, TimeBasis
from sensors.contract import Declared, Decoded, Paging, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.times import read_instant, require_arrived, sound_times, typical_arrival
from sensors.sources.parkapi.describing import read_places
from sensors.sources.parkapi.identity import identify, purpose_of
from sensors.sources.parkapi.saying import say_lot, say_site, say_spot
from sensors.sources.parkapi.wire import ParkRecord, split

INFO = SourceInfo(
    id="parkapi",
    name="ParkAPI: parking of many cities (ParkenDD, MobiData BW)",
    tenant="parkapi",
    zone="UTC",  # every version says its times in UTC
    licence=None,  # each city behind it states its own
    licence_by="the operator of the ParkAPI server, for each of its sources",
    url="https://api.mobidata-bw.de/park-api/api/public/v3/parking-sites",
    time_basis=TimeBasis.DEVICE,
    audiences=(Audience.PUBLIC, Audience.DISABLED, Audience.EV, Audience.CAR_SHARE, Audience.BIKE),
    single_spaces=True,
    valid_for_s=30 * 60,
    poll_every_s=60,
    paging=Paging.NEXT_ID,
)
ZONE = ZoneInfo(INFO.zone)
UPDATED = "realtime_data_updated_at"


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. A recording arrived with the newest of its realtime times."""
    ledger = Ledger(tenant, INFO.id, received_at)
    records = ledger.split(payload, split)
    if records is None:
        return ledger.decoded()
    arrival = received_at
    if recorded:
        times = sound_times(records, lambda one: _read_time(one, None, None), received_at)
        arrival = typical_arrival(times, timedelta(seconds=INFO.valid_for_s)) or received_at
    ledger.read_each(records, payload, lambda one: _observe(one, ledger, arrival), arrival)
    return ledger.decoded(arrival)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The sites, and zones of the spots, that a body describes."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, tenant, ledger), ledger.rejects)


def _observe(record: ParkRecord, ledger: Ledger, arrival: datetime) -> Iterator[Observation]:
    device_id, fields = identify(record), record.fields
    audience = purpose_of(record, device_id)
    if fields.get("has_realtime_data") in (False, "false"):  # whatever numbers stand beside it are none
        seen = ledger.sighting(device_id, arrival, arrival, TimeBasis.ARRIVAL)
        yield seen.space(SpaceState.UNKNOWN) if record.is_spot else seen.fault(Fault.COUNTING_OUT_OF_SERVICE)
        return
    if not (record.is_lot or "has_realtime_data" in fields or any(name.startswith("realtime") for name in fields)):
        detail = "it describes a place and says nothing of how full it is: nothing is concluded from it"
        raise RecordRefusedError(RejectReason.NOT_FOLDED, detail, device_id)
    observed_at = _read_time(record, arrival, device_id)
    if observed_at is None:
        name = "last_updated" if record.is_lot else UPDATED
        detail = f"record has no {name}: nobody knows when its numbers were true; ask the source"
        raise RecordRefusedError(RejectReason.MISSING_FIELD, detail, device_id)
    require_arrived(observed_at, arrival, UPDATED, device_id)
    basis = TimeBasis.GATEWAY if record.is_lot else TimeBasis.DEVICE
    seen = ledger.sighting(device_id, observed_at, arrival, basis)
    if record.is_lot:
        yield from say_lot(fields, seen)
    elif record.is_spot:
        yield from say_spot(fields, seen)
    else:
        yield from say_site(fields, seen, audience)


def _read_time(record: ParkRecord, arrival: datetime | None, device_id: str | None) -> datetime | None:
    """When its numbers were true; None where it does not say."""
    name, value = ("last_updated", record.last_updated) if record.is_lot else (UPDATED, record.fields.get(UPDATED))
    return None if value in (None, "") else read_instant(value, name, ZONE, arrival, device_id)
