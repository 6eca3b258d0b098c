"""Car-park counters' events as observations. Field table: docs/mapping/counter.md."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple, TypeAlias

from parking.instants import is_ahead
from parking.observations import (
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    LaneCounted,
    LaneTotalled,
    Observation,
    OpeningChanged,
    SiteCounted,
    SiteLevelled,
    SiteRecounted,
    make_event_id,
)
from parking.words import Audience, Fault, FillLevel, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.numbers import require_within
from sensors.reading.times import require_set, since_1970
from sensors.sources.counter.fields import Fields
from sensors.sources.counter.wire import Barrier, CounterKind, Event, Scalar, split

INFO = SourceInfo(
    id="counter",
    name="Car-park counters, open wire",
    zone="UTC",
    licence=None,
    licence_by="the operator of the counters",
    url="docs/mapping/counter.md",
    time_basis=TimeBasis.DEVICE,
    audiences=tuple(Audience),
    has_thresholds=True,
    valid_for_s=15 * 60,
)
_LIVES = (Barrier.LOWERED, Barrier.RAISED, Barrier.UNKNOWN)
_MAX_SHOWN = 160

Value: TypeAlias = int | Audience | FillLevel | Opening | Fault | None


class CounterEventContent(NamedTuple):
    """What one event says: an observation's type and own fields, and what else to keep of it."""

    kind: Callable[..., Observation]
    values: Mapping[str, Value] = {}
    more: Mapping[str, str] = {}


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. A recorded event arrived when it was observed."""
    ledger, arrived_at = Ledger(tenant, INFO.id, received_at), None if recorded else received_at
    for event in ledger.split(payload, split) or ():
        if isinstance(event, RecordRefusedError):
            ledger.refuse(event, payload)
            continue
        if error := ledger.collect(partial(_observe, event, ledger, received_at, recorded), arrived_at):
            ledger.refuse(error, event.raw)
    return ledger.decoded(max((seen.received_at for seen in ledger.observations), default=None))


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """None: an event does not say what its counter stands at; the city's catalogue does."""
    return Declared([], [])


def _observe(event: Event, ledger: Ledger, received_at: datetime, recorded: bool) -> Iterator[Observation]:
    """What one event says, and then an error for what of it cannot be kept."""
    fields = Fields(event)
    at, seq = _read_time(fields, received_at), _read_seq(fields)
    sighting = ledger.sighting(fields.device, at, at if recorded else received_at, TimeBasis.DEVICE, seq=seq)
    kind = fields.word("type", CounterKind)
    simulated = fields.take("simulated")
    if not isinstance(simulated, bool | None):
        raise fields.refused(RejectReason.WRONG_TYPE, f"simulated is {simulated!r:.40}, neither true nor false")
    try:
        said = _READERS[kind](fields)
    except RecordRefusedError as error:
        if kind is not CounterKind.OPENING:
            error.category = fields.category
            raise
        yield sighting.opening(Opening.UNKNOWN)  # it tells of the gate alone: the number holds
        ledger.refuse(error, event.raw)
        return
    seen = said.kind(
        event_id=make_event_id(INFO.id, fields.device, at, kind, seq, *said.values.values(), *said.more.values()),
        tenant=ledger.tenant,
        source=INFO.id,
        device_id=fields.device,
        observed_at=at,
        received_at=at if recorded else received_at,
        time_basis=TimeBasis.DEVICE,
        seq=seq,
        simulated=bool(simulated),
        diagnostics=fields.diagnostics(said.more),
        **said.values,
    )
    yield seen
    if event.left_over:
        names = ", ".join(f"{name!r:.40}" for name in event.left_over)
        detail = f"{names:.{_MAX_SHOWN}}: no short number, text or truth, or too many; the rest of the event is kept"
        ledger.refuse(fields.refused(RejectReason.WRONG_TYPE, detail), event.raw)


def _read_time(fields: Fields, received_at: datetime) -> datetime:
    stated = fields.take("at")
    if stated is None:
        raise fields.refused(RejectReason.MISSING_FIELD, "event has no at: say when it was, with an offset")
    try:
        at = require_set(since_1970(stated) or _with_offset(stated))
    except (ValueError, OverflowError, OSError) as error:
        raise fields.refused(RejectReason.BAD_TIME, f"at {stated!r:.60} is no time: {error!s:.80}") from error
    if is_ahead(at, received_at):
        detail = f"at {at.isoformat()} is later than its arrival: set the counter's clock"
        raise fields.refused(RejectReason.FUTURE_TIME, detail)
    return at


def _with_offset(stated: Scalar) -> datetime:
    read = datetime.fromisoformat(stated if isinstance(stated, str) else "")
    if read.tzinfo is None:
        raise ValueError("it has no offset")
    return read.astimezone(UTC)


def _read_seq(fields: Fields) -> int:
    seq = fields.take("seq")
    if seq is None:
        return 0
    if isinstance(seq, bool) or not isinstance(seq, int) or not 0 <= seq < 2**32:
        raise fields.refused(RejectReason.WRONG_TYPE, f"seq is {seq!r:.40}, not 0..{2**32 - 1}")
    return seq


def _lane(fields: Fields) -> CounterEventContent:
    """What passed since the event before, or ever: running totals are differenced where they are folded."""
    category = _category(fields)
    totals = {way: fields.find_total(f"{way}_total") for way in ("entries", "exits")}
    if any(total is not None for total in totals.values()):
        return CounterEventContent(LaneTotalled, {**totals, "category": category})
    stated = [name for name in ("entries", "exits") if fields.has(name)]
    if not stated:
        raise fields.refused(
            RejectReason.MISSING_FIELD, "a lane says entries, exits or both, or their totals; 0 is that nobody passed"
        )
    passed = {name: fields.count(name) for name in stated}
    return CounterEventContent(LaneCounted, {"entries": 0, "exits": 0, **passed, "category": category})


def _count(fields: Fields) -> CounterEventContent:
    category = _category(fields)
    if fields.find("vacant") is None and fields.find("occupied") is not None:
        return _occupied(fields, category)
    vacant, capacity = fields.count("vacant"), fields.find_count("capacity")
    require_within(vacant, capacity, ("vacant", "capacity"), fields.device, "check the counter")
    full_at = fields.find_count("full_at")
    return CounterEventContent(
        SiteCounted, {"vacant": vacant, "capacity": capacity, "full_at": full_at, "category": category}
    )


def _occupied(fields: Fields, category: Audience) -> CounterEventContent:
    """What is taken, of all that there are: the rest is vacant."""
    occupied, capacity = fields.count("occupied"), fields.find_count("capacity")
    if capacity is None:
        detail = "event says what is occupied, and not of how many: state its capacity, or what is vacant"
        raise fields.refused(RejectReason.MISSING_FIELD, detail)
    require_within(occupied, capacity, ("occupied", "capacity"), fields.device, "check the counter")
    values = {"vacant": capacity - occupied, "capacity": capacity, "full_at": fields.find_count("full_at")}
    return CounterEventContent(SiteCounted, {**values, "category": category}, {"occupied": str(occupied)})


def _level(fields: Fields) -> CounterEventContent:
    """How full it is, where nobody counts: a word, or between what the number lies."""
    category = _category(fields)
    level = fields.word("level", FillLevel, FillLevel.UNKNOWN)
    low, high, capacity = map(fields.find_count, ("vacant_low", "vacant_high", "capacity"))
    if level is FillLevel.UNKNOWN and low is None and high is None:
        raise fields.refused(
            RejectReason.MISSING_FIELD, "event says neither a level nor a bound: say one, or leave the event out"
        )
    if low is not None:
        require_within(low, capacity, ("vacant_low", "capacity"), fields.device, "check the counter")
        if high is not None and low > high:
            detail = f"vacant_low {low} is above vacant_high {high}: nothing lies between; exchange them"
            raise fields.refused(RejectReason.MALFORMED_RECORD, detail)
    values = {"level": level, "vacant_low": low, "vacant_high": high, "capacity": capacity}
    return CounterEventContent(SiteLevelled, {**values, "category": category})


def _recount(fields: Fields) -> CounterEventContent:
    category = _category(fields)
    return CounterEventContent(SiteRecounted, {"vacant": fields.count("vacant"), "category": category})


def _category(fields: Fields) -> Audience:
    """Read first: what is refused of the rest then ends the number of this category alone."""
    fields.category = fields.word("category", Audience, Audience.PUBLIC)
    return fields.category


def _opening(fields: Fields) -> CounterEventContent:
    return CounterEventContent(OpeningChanged, {"opening": fields.word("opening", Opening)})


def _barrier(fields: Fields) -> CounterEventContent:
    """A barrier that moves shows that its counter lives; past one that does not, cars drive uncounted."""
    word = fields.word("barrier", Barrier)
    if word in _LIVES:
        return CounterEventContent(DeviceHeartbeat, more={"barrier": word.value})
    return CounterEventContent(DeviceFault, {"fault": Fault.COUNTING_OUT_OF_SERVICE}, {"barrier": word.value})


def _fault(fields: Fields) -> CounterEventContent:
    return CounterEventContent(DeviceFault, {"fault": fields.word("fault", Fault, Fault.DEVICE_FAULT)})


_READERS: Mapping[CounterKind, Callable[[Fields], CounterEventContent]] = {
    CounterKind.LANE: _lane,
    CounterKind.COUNT: _count,
    CounterKind.LEVEL: _level,
    CounterKind.RECOUNT: _recount,
    CounterKind.OPENING: _opening,
    CounterKind.BARRIER: _barrier,
    CounterKind.FAULT: _fault,
    CounterKind.ALIVE: lambda fields: CounterEventContent(DeviceHeartbeat),
    CounterKind.STARTED: lambda fields: CounterEventContent(DeviceStarted),
}
