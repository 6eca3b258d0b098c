"""SIRI Facility Monitoring as observations. Field table: docs/mapping/siri_fm.md."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from parking.observations import Observation
from parking.words import Audience, Fault, Opening, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger, Sighting
from sensors.reading.times import sound_times, typical_arrival
from sensors.sources.siri_fm.counts import is_none_vacant, read_counts, say_counts
from sensors.sources.siri_fm.describing import read_places
from sensors.sources.siri_fm.kinds import Kind, find_kind
from sensors.sources.siri_fm.times import ZONE, find_stated, is_over, read_when
from sensors.sources.siri_fm.tree import text
from sensors.sources.siri_fm.wire import Condition, join, split

INFO = SourceInfo(
    id="siri_fm",
    name="SIRI Facility Monitoring: car parks that public transport tells of",
    tenant="siri",
    zone=ZONE.key,
    licence=None,
    licence_by="the publisher, or the national access point that lists it",
    url="https://github.com/SIRI-CEN/SIRI",
    time_basis=TimeBasis.GATEWAY,
    audiences=(Audience.PUBLIC, Audience.DISABLED, Audience.EV, Audience.MOTORCYCLE, Audience.BIKE),
    valid_for_s=30 * 60,
    poll_every_s=60,
)
_GONE, _SHUT, _UNKNOWN = "removed", "notAvailable", "unknown"
STATUSES = {
    "available": Opening.OPEN,
    "partiallyAvailable": Opening.OPEN,
    "added": Opening.UNKNOWN,
    _SHUT: Opening.CLOSED,
    _GONE: Opening.CLOSED,
    _UNKNOWN: Opening.UNKNOWN,
}
_NAMED = 5


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. What is no parking is set aside, all of a body in one reject that names it."""
    ledger = Ledger(tenant, INFO.id, received_at)
    records = ledger.split(payload, split)
    if records is None:
        return ledger.decoded()
    arrival = received_at
    if recorded:
        times = sound_times(records, lambda one: find_stated(one, None), received_at)
        arrival = typical_arrival(times, timedelta(seconds=INFO.valid_for_s)) or received_at
    others: list[tuple[Condition, Kind]] = []
    told: list[Condition | RecordRefusedError] = []
    for record in records:
        kind = None if isinstance(record, RecordRefusedError) else find_kind(record)
        if isinstance(record, Condition) and kind is not None and _is_aside(record, kind):
            others.append((record, kind))
        else:
            told.append(record)
    ledger.read_each(told, payload, lambda one: _observe(one, ledger, arrival), arrival)
    if others:
        names = ", ".join(f"{one.name or 'without an id':.60} ({kind.other})" for one, kind in others[:_NAMED])
        more = f", and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        detail = f"no parking, and left out: {names}{more}"
        ledger.refuse(RecordRefusedError(RejectReason.NOT_FOLDED, detail), join([one for one, _ in others]))
    return ledger.decoded(arrival)


def _is_aside(condition: Condition, kind: Kind) -> bool:
    """Whether it is no parking. Of no stated kind, it may be a car park that is shut: that is said of its id."""
    return kind.other is not None and (kind.is_sure or _status(condition) not in (_SHUT, _GONE, _UNKNOWN))


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """The facilities of a body that are parking for sure; SIRI says little more of them than a name."""
    ledger = Ledger(tenant, INFO.id, received_at)
    return Declared(read_places(INFO, recording, tenant, ledger), ledger.rejects)


def _status(condition: Condition) -> str | None:
    """Its word as the standard spells it, where the publisher has spelt it otherwise."""
    word = text(condition.tree, "FacilityStatus", "Status") or text(condition.tree, "FacilityStatus")
    return next((one for one in STATUSES if word is not None and one.casefold() == word.casefold()), word)


def _observe(condition: Condition, ledger: Ledger, arrival: datetime) -> Iterator[Observation]:
    """What one facility says."""
    device_id = condition.identify()
    if is_over(condition, device_id, arrival):
        yield ledger.sighting(device_id, arrival, arrival, TimeBasis.ARRIVAL).unusable()
        return
    observed_at, basis = read_when(condition, device_id, arrival)
    seen = ledger.sighting(device_id, observed_at, arrival, basis)
    word = _status(condition)
    if word is not None and word not in STATUSES:
        yield seen.opening(Opening.UNKNOWN)
        detail = f"Status is {word!r:.60}; known are {', '.join(STATUSES)}"
        raise RecordRefusedError(RejectReason.UNKNOWN_STATUS, detail, device_id)
    audience = find_kind(condition).audience
    if audience is None:
        yield seen.fault(Fault.COUNTING_OUT_OF_SERVICE)
        raise RecordRefusedError(RejectReason.NOT_FOLDED, "a park for coaches or for hired cars alone", device_id)
    if word == _UNKNOWN:
        yield seen.fault(Fault.COUNTING_OUT_OF_SERVICE)
        return
    yield from _say(condition, seen, audience, word)


def _say(condition: Condition, seen: Sighting, audience: Audience, word: str | None) -> Iterator[Observation]:
    """Gate, then number. ``notAvailable`` is full or shut: beside none that are vacant it says nothing of a gate."""
    try:
        counts = [] if word == _GONE else read_counts(condition.tree, seen.device_id)
    except RecordRefusedError:
        if word is not None:  # what does not hang on the number is said first
            yield seen.opening(STATUSES[word])
        raise
    is_full = word == _SHUT and any(is_none_vacant(one) for one in counts)
    if word is None and not counts:
        detail = "it has neither a Status nor a count: ask the publisher"
        raise RecordRefusedError(RejectReason.MISSING_FIELD, detail, seen.device_id)
    if word is not None and not is_full:
        yield seen.opening(STATUSES[word])
    has_number = False
    for one in say_counts(counts, seen, audience):
        has_number = has_number or one.category is audience
        yield one
    if not has_number:
        yield seen.unusable(audience)
