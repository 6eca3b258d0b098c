"""Parking entities of FIWARE context brokers as observations. Field table: docs/mapping/ngsi_ld.md."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from parking.observations import Observation
from parking.words import Audience, RejectReason, TimeBasis
from sensors.bodies import JsonRecord
from sensors.contract import Declared, Decoded, Paging, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.times import require_arrived, sound_times, typical_arrival
from sensors.sources.ngsi_ld.describing import read_places
from sensors.sources.ngsi_ld.saying import MEASURED, STATUS, require_news, say_site, say_spot
from sensors.sources.ngsi_ld.times import read_when
from sensors.sources.ngsi_ld.wire import read_entity, split
from sensors.sources.ngsi_ld.words import SITES, SPOT

INFO = SourceInfo(
    id="ngsi_ld",
    name="FIWARE Smart Data Models: parking, by NGSI-LD and NGSI-v2",
    tenant="ngsi",
    zone="UTC",
    licence=None,
    licence_by="the city whose broker it is",
    url="https://github.com/smart-data-models/dataModel.Parking",
    time_basis=TimeBasis.DEVICE,
    audiences=(
        Audience.PUBLIC, Audience.DISABLED, Audience.SUBSCRIBER, Audience.EV, Audience.DELIVERY, Audience.BIKE,
        Audience.MOTORCYCLE, Audience.CAR_SHARE, Audience.CARPOOL,
    ),
    single_spaces=True,
    valid_for_s=30 * 60,
    poll_every_s=60,
    paging=Paging.COUNTED,
)  # fmt: skip


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. A recording arrived with the newest time that its measurements bear."""
    ledger = Ledger(tenant, INFO.id, received_at)
    records = ledger.split(payload, split)
    if records is None:
        return ledger.decoded()
    arrival = received_at
    if recorded:
        times = sound_times(records, lambda one: read_when(read_entity(one), MEASURED, None)[0], received_at)
        arrival = typical_arrival(times, timedelta(seconds=INFO.valid_for_s)) or received_at
    ledger.read_each(records, payload, lambda one: _observe(one, ledger, arrival), arrival)
    return ledger.decoded(arrival)


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The sites and groups, and zones of the spots, that a body describes."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, tenant, ledger), ledger.rejects)


def _observe(record: JsonRecord, ledger: Ledger, arrival: datetime) -> Iterator[Observation]:
    entity = read_entity(record)
    if entity.type not in SITES and entity.type != SPOT:
        known = ", ".join(sorted({*SITES, SPOT}))
        raise RecordRefusedError(RejectReason.NOT_FOLDED, f"an entity of type {entity.type:.60}; read are {known}")
    if entity.value("deletedAt") is not None:  # the broker tells that it is no more
        yield ledger.sighting(entity.id, arrival, arrival, TimeBasis.ARRIVAL).unusable()
        return
    measured = MEASURED if entity.type in SITES else (STATUS,)
    require_news(entity, *measured, *(["totalSpotNumber"] if entity.type in SITES else []))
    observed_at, basis = read_when(entity, measured, arrival)
    observed_at = arrival if observed_at is None else observed_at
    require_arrived(observed_at, arrival, "its time", entity.id)
    seen = ledger.sighting(entity.id, observed_at, arrival, basis)
    yield from (say_site if entity.type in SITES else say_spot)(entity, seen)
