"""A mapping made ready: its paths and words parsed once. ``making`` makes it."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from sensors.reading.texts import required_id
from sensors.sources.mapped.fields import Field, Words, scalars_in
from sensors.sources.mapped.mapping import CountPart, MappingFile, PlacePart, StatusPart
from sensors.sources.mapped.paths import Around, Path

MEANINGS = (
    "open", "spaces_available", "almost_full", "full", "closed", "closed_abnormal", "subscribers_only", "not_counted",
    "cut_off", "unknown", "nothing",
)  # fmt: skip


class CountPlan(NamedTuple):
    """How many are vacant, for one audience (None: the record's own)."""

    said: CountPart
    vacant: Field | None
    occupied: Field | None
    capacity: Field | int | None
    full_at: Field | int | None
    missing: Words


class RecordFilter(NamedTuple):
    """Which records are meant: of each field one of the words, and none of the others."""

    only: tuple[tuple[Field, Words], ...] = ()
    unless: tuple[tuple[Field, Words], ...] = ()

    def passes(self, record: Around) -> bool:
        """Whether this record is meant."""
        return all(_has(record, *one) for one in self.only) and not any(_has(record, *one) for one in self.unless)


def _has(record: Around, field: Field, words: Words) -> bool:
    """Whether one of the words stands there; in a list too."""
    return any(words.meaning(one) for one in scalars_in(field.read(record)))


class StatusPlan(NamedTuple):
    """Words of the whole place."""

    said: StatusPart
    at: Field
    words: Words
    no_number: Words
    meant: RecordFilter


class CategoryPlan(NamedTuple):
    """Words that say for whom a record is; ``others`` is what becomes of a word of no list."""

    at: Field
    words: Words
    others: str


class SpacePlan(NamedTuple):
    """A single space: the words of its state, and the zone to which it belongs."""

    at: Field
    states: Words
    zone: Field | None
    zone_name: Field | None


class PlacePlan(NamedTuple):
    """What a record says of its place."""

    said: PlacePart
    name: Field | None
    address: Field | None
    capacity: Field | int | None
    height: Field | None
    lon: Field | None
    lat: Field | None
    point: Field | None
    system_at: Field | None


class TimePlan(NamedTuple):
    """When it was true."""

    at: Field
    formats: tuple[str, ...]
    zone: ZoneInfo
    published: Field | None


class MappingPlan(NamedTuple):
    """The whole mapping, ready to read records."""

    file: str
    said: MappingFile
    records: tuple[Path, ...]
    meant: RecordFilter
    id: Field
    missing: Words
    time: TimePlan | None
    counts: tuple[CountPlan, ...]
    statuses: tuple[StatusPlan, ...]
    categories: tuple[CategoryPlan, ...]
    space: SpacePlan | None
    place: PlacePlan | None
    needs_body: bool

    def read(self, field: Field, record: Around) -> object:
        """The value of a field; None where it holds one of the words that stand for nothing."""
        value = field.read(record)
        return None if value is None or self.missing.meaning(value) else value

    def read_id(self, record: Around) -> str:
        """Which place, or single space, a record is about. Raises RecordRefusedError."""
        return required_id(self.read(self.id, record), self.id.name)


def decoding_fields(plan: MappingPlan) -> list[Field]:
    """The fields that decoding needs; what declares places alone needs no more of a body in a reject."""
    found: list[object] = [plan.id, *telling_fields(plan), *(category.at for category in plan.categories)]
    for meant in (plan.meant, *(status.meant for status in plan.statuses)):
        found += [field for field, _ in (*meant.only, *meant.unless)]
    found += [plan.time and plan.time.at, plan.time and plan.time.published]
    return [field for field in found if isinstance(field, Field)]


def telling_fields(plan: MappingPlan) -> list[Field]:
    """Those that say something of a place: its counts, its words, its state."""
    found: list[object] = [plan.space and plan.space.at, *(status.at for status in plan.statuses)]
    for count in plan.counts:
        found += [count.vacant, count.occupied, count.capacity, count.full_at]
    return [field for field in found if isinstance(field, Field)]
