"""The time of a record, in the format that its mapping states; and when a recording arrived, by those times."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from parking.instants import is_ahead, undo_false_utc
from parking.words import RejectReason, TimeBasis
from sensors.contract import RecordRefusedError
from sensors.reading.times import (
    Stamp,
    commonest_arrival,
    read_stamp,
    require_arrived,
    sound_times,
    typical_arrival,
)
from sensors.sources.mapped.fields import Field, word_of
from sensors.sources.mapped.paths import Around
from sensors.sources.mapped.plan import MappingPlan, TimePlan
from sensors.sources.mapped.wire import MappedRecord

Seen = tuple[datetime, TimeBasis, int]
"""When it was true, by whose clock, and by how many seconds that was corrected."""


def read_seen(around: Around, plan: MappingPlan, arrival: datetime, device_id: str) -> Seen:
    """When a record was true; its arrival where the source has no times. Raises RecordRefusedError."""
    time = plan.time
    if time is None:
        return arrival, TimeBasis.ARRIVAL, 0
    value = plan.read(time.at, around)
    if value is None or value == "":
        if plan.said.time is not None and plan.said.time.optional:
            return arrival, TimeBasis.ARRIVAL, 0
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"record has no {time.at.name}: ask the source", device_id)
    stamp = _stamp(time, value, arrival, device_id)
    observed_at, said = stamp.at, plan.said.time
    says_utc = stamp.written.tzinfo is not None and not stamp.written.utcoffset()
    if said is not None and said.local_labelled_utc and says_utc:
        observed_at = undo_false_utc(stamp.at, arrival, time.zone)
    require_arrived(observed_at, arrival, time.at.name, device_id, stamp.at)
    basis = TimeBasis(said.basis) if said is not None else TimeBasis.DEVICE
    return observed_at, basis, int((stamp.at - observed_at).total_seconds())


def arrival_of(
    records: Sequence[MappedRecord | RecordRefusedError], plan: MappingPlan, now: datetime
) -> datetime | None:
    """When a recording arrived, by the times in it; None where they do not tell."""
    time, said = plan.time, plan.said.time
    if time is None or said is None or said.recording in ("record", "unsaid"):
        return None
    within = timedelta(seconds=plan.said.source.valid_for_s)
    choose = typical_arrival if said.recording == "typical" else commonest_arrival
    published = time.published
    times = sound_times(records, lambda one: _time(time, published, one.around), now) if published else []
    return choose(times or sound_times(records, lambda one: _time(time, time.at, one.around), now), within)


def published_at(around: Around, plan: MappingPlan, now: datetime) -> datetime | None:
    """When a record was published or, where each arrived at its own time, observed; None where that is not told."""
    time, said = plan.time, plan.said.time
    if time is None or said is None:
        return None
    field = time.published or (time.at if said.recording == "record" else None)
    try:
        at = field and _time(time, field, around)
    except RecordRefusedError:
        return None
    return None if at is None or is_ahead(at, now) else at


def _time(time: TimePlan, field: Field, around: Around) -> datetime | None:
    value = field.read(around)
    return None if value is None else _stamp(time, value, None, None).at


def _stamp(time: TimePlan, value: object, arrival: datetime | None, device_id: str | None) -> Stamp:
    """By the first of the formats that fits; else the last one's refusal."""
    refused: RecordRefusedError | None = None
    for form in time.formats:
        text = word_of(value) if form.startswith("epoch") or "%" in form else value
        try:
            return read_stamp(text, time.at.name, time.zone, arrival, device_id, _PARSERS.get(form) or _by(form))
        except RecordRefusedError as error:
            refused = error
    assert refused is not None
    raise refused


def _by(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)  # noqa: DTZ007


def _epoch(text: str, per_second: int) -> datetime:
    return datetime.fromtimestamp(float(text) / per_second, UTC)


_PARSERS: dict[str, Callable[[str], datetime]] = {
    "iso": datetime.fromisoformat,
    "epoch_s": lambda text: _epoch(text, 1),
    "epoch_ms": lambda text: _epoch(text, 1000),
}
