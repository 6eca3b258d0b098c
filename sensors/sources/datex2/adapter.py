"""DATEX II parking publications, 2.x and 3.x, as observations and places. Field table: docs/mapping/datex2.md."""

from collections.abc import Iterator, Mapping, Set
from datetime import datetime
from functools import partial
from typing import NamedTuple

from parking.observations import Observation
from parking.words import Audience, Opening, RejectReason, SpaceState, TimeBasis
from sensors.contract import Declared, Decoded, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger, Sighting
from sensors.sources.datex2.declaring import declare, describe
from sensors.sources.datex2.static import Site
from sensors.sources.datex2.status import identify, read_stated_at, read_status
from sensors.sources.datex2.times import ZONE, find_published_at, read_when
from sensors.sources.datex2.wire import Datex2Record, full_id, split_body
from sensors.sources.datex2.words import BayStatus, Status

INFO = SourceInfo(
    id="datex2",
    name="DATEX II 2 and 3 parking publications",
    tenant="datex2",
    zone=ZONE.key,
    licence=None,
    licence_by="the publisher, or mobilithek.info",
    url="https://mobilithek.info",
    time_basis=TimeBasis.DEVICE,
    audiences=(Audience.PUBLIC, Audience.SUBSCRIBER, Audience.DISABLED, Audience.EV),
    has_thresholds=True,
    single_spaces=True,
    valid_for_s=30 * 60,  # Aachen's time is that of the last change: a quiet car park is 20 minutes old
    sidecars=(
        "aachen-static.xml",
        "friedrichshafen-sensors-static.xml",
        "stuttgart-static.xml",
        "vrs_bondorf-static.xml",
        "vrs_kirchheim-static.xml",
        "toll-collect-static.xml",
    ),
)
_SHUT = (Opening.CLOSED, Opening.CLOSED_ABNORMAL)


class BodyTables(NamedTuple):
    """What the tables of a status publication's own body say: its car parks by id, and the ids of parts of them."""

    sites: Mapping[str, Site]
    parts: Set[str]


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. A recording arrived when it was published; a static one observes nothing."""
    ledger = Ledger(tenant, INFO.id, received_at)
    body = ledger.open(payload, split_body)
    if body is None:
        return ledger.decoded()
    tables = BodyTables(describe(body), body.list_parts() if body.statuses else set())
    arrivals = []
    for record in body.statuses:
        published_at = find_published_at(record.publication, received_at)
        arrival = published_at if recorded and published_at is not None else received_at
        arrivals.append(arrival)
        error = ledger.collect(partial(_observe, record, tables, published_at, arrival, ledger), arrival)
        if error is not None:
            raw = record.raw
            refused, raw = (raw, payload) if isinstance(raw, RecordRefusedError) else (error, raw)
            ledger.refuse(refused, raw)
    return ledger.decoded(max(arrivals, default=None))


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The places that a status publication talks of, as the static ones beside it know them, or all of a static one."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(declare(recording, sidecars, ledger, INFO.valid_for_s), ledger.rejects)


def _observe(
    record: Datex2Record,
    tables: BodyTables,
    published_at: datetime | None,
    arrival: datetime,
    ledger: Ledger,
) -> Iterator[Observation]:
    """The observations in one record, and then an error for what of it cannot be used."""
    device_id = identify(record, tables.parts)
    observed_at, time_basis = read_when(read_stated_at(record), device_id, record.publication, published_at, arrival)
    seen = ledger.sighting(device_id, observed_at, arrival, time_basis)
    status = read_status(record, device_id, tables.sites.get(device_id))
    state = _state(status)
    says_open = status.opening is not None and not status.is_single
    if status.refused is not None and status.opening is None:
        raise status.refused
    if not (status.fault or status.counts or state or says_open or status.levels or status.bays):
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD,
            "it has no number, no level, no opening status and no fault; a percentage or a trend alone is no number",
            device_id,
        )
    if status.fault is not None and not status.bays:
        yield seen.fault(status.fault)
    if status.is_single:  # the opening of one bay is not that of its street
        if state is not None:
            yield seen.space(state, "space")
        return
    yield from _counted(seen, status)
    for audience, level in status.levels.items():
        yield seen.levelled(*level, audience)
    for audience in status.missing if status.refused is None else ():
        yield seen.unusable(audience)
    if status.opening is not None and not status.bays:
        yield seen.opening(status.opening)
    if status.refused is not None:
        raise status.refused
    torn = [bay for bay in status.bays if bay.state is None and status.fault is None]
    for bay in (*(bay for bay in status.bays if bay not in torn), *reversed(torn)):
        bay_id = full_id(device_id, bay.key)
        at = read_when(bay.stated_at or read_stated_at(record), bay_id, record.publication, published_at, arrival)
        seen = ledger.sighting(bay_id, at[0], arrival, at[1])
        if bay not in torn:
            yield _bay(seen, bay, status)
        elif bay is not torn[0]:
            yield seen.unusable()
    if torn:
        detail = f"{len(torn)} of its spaces do not say whether they are occupied: true or false"
        raise RecordRefusedError(RejectReason.UNKNOWN_STATUS, detail, full_id(device_id, torn[0].key))


def _bay(seen: Sighting, bay: BayStatus, status: Status) -> Observation:
    """One space inside a record, by its own word or by that of the whole."""
    if status.fault is not None:
        return seen.fault(status.fault)
    if bay.state is None or status.opening in _SHUT:
        return seen.space(SpaceState.CLOSED if status.opening in _SHUT else SpaceState.UNKNOWN, "space")
    return seen.space(bay.state, "space")


def _counted(seen: Sighting, status: Status) -> Iterator[Observation]:
    for audience, count in status.counts.items():
        full_at = status.thresholds.full_at if audience is Audience.PUBLIC else None
        content = ("count", audience, count.vacant, count.capacity, full_at)
        yield seen.counted(count.vacant, count.capacity, content, full_at=full_at, category=audience, basis=count.basis)


def _state(status: Status) -> SpaceState | None:
    """What a single space is; None where it is about more than one, or says nothing of it."""
    if not status.is_single or status.fault is not None:
        return None
    if status.opening in _SHUT:
        return SpaceState.CLOSED
    if not status.counts:
        return status.state
    return SpaceState.FREE if any(count.vacant for count in status.counts.values()) else SpaceState.OCCUPIED
