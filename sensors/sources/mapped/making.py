"""A mapping into a plan: paths and words parsed; what cannot be is refused by file and key, with what to write."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from parking.words import Audience, SpaceState
from sensors.reading.projections import is_known_system
from sensors.sources.mapped.contradictions import require_no_contradiction
from sensors.sources.mapped.fields import Field, Words, parse_field
from sensors.sources.mapped.mapping import (
    BodyPart,
    CategoryPart,
    CountPart,
    MappingFile,
    PlacePart,
    Selection,
    SpacePart,
    StatusPart,
)
from sensors.sources.mapped.paths import ALL, Path, parse_path
from sensors.sources.mapped.plan import (
    MEANINGS,
    CategoryPlan,
    CountPlan,
    MappingPlan,
    PlacePlan,
    RecordFilter,
    SpacePlan,
    StatusPlan,
    TimePlan,
    decoding_fields,
)
from sensors.sources.mapped.reading_toml import MappingError, read_toml
from sensors.sources.mapped.usual import USUAL

T = TypeVar("T")
_FORMATS = 'write "iso", "epoch_s", "epoch_ms" or like "%d/%m/%Y %H:%M"'
_SYSTEMS = 'write "EPSG:4326", UTM like "EPSG:25832", or "EPSG:2154"'


def read_plan(file: str, text: str) -> MappingPlan:
    """A mapping from its text. Raises MappingError, with one sentence."""
    return _Making(file).plan(read_toml(file, text))


class _Making:
    """Makes a plan; knows the file that errors name."""

    def __init__(self, file: str) -> None:
        self.file = file

    def refuse(self, key: str, sentence: str) -> MappingError:
        return MappingError(f"{self.file}: {key} {sentence}")

    def _try(self, key: str, make: Callable[[], T]) -> T:
        try:
            return make()
        except ValueError as error:
            raise self.refuse(key, str(error)) from error

    def field(self, key: str, written: object) -> Field | None:
        return None if written is None else self.must(key, written)

    def must(self, key: str, written: object) -> Field:
        return self._try(key, lambda: parse_field(written))

    def number(self, key: str, written: object) -> Field | int | None:
        if isinstance(written, int) and not 0 <= written < 2**31:
            raise self.refuse(key, f"is {written}: a count is 0 or more and below 2147483648, or the path of a field")
        return written if isinstance(written, int) else self.field(key, written)

    def chosen(self, key: str, selection: Selection) -> tuple[tuple[Field, Words], ...]:
        return tuple((self.must(f"{key}.{path}", path), Words({"yes": words})) for path, words in selection.items())

    def words(self, key: str, meanings: Mapping[str, Sequence[object]]) -> Words:
        seen: dict[str, str] = {}
        for meaning, words in meanings.items():
            for word in Words({meaning: words}).listed:
                if seen.setdefault(word, meaning) != meaning:
                    raise self.refuse(key, f"has {word!r} under {seen[word]} and {meaning}: a word means one thing")
        return Words(dict(meanings))

    def plan(self, said: MappingFile) -> MappingPlan:
        require_no_contradiction(self.file, said)
        counts = tuple(self._count(f"count[{number}]", part, said) for number, part in enumerate(said.count))
        plan = MappingPlan(
            self.file, said, self._records(said.body),
            RecordFilter(self.chosen("body.only", said.body.only), self.chosen("body.unless", said.body.unless)),
            self.must("record.id", said.record.id), Words({"yes": ["", *said.record.missing]}),
            self._time(said), counts,
            tuple(self._status(f"status[{number}]", part) for number, part in enumerate(said.status)),
            tuple(self._category(f"category[{number}]", part) for number, part in enumerate(said.category)),
            self._space(said.space), self._place(said.place), False,
        )  # fmt: skip
        return plan._replace(needs_body=_needs_body(plan))

    def _records(self, body: BodyPart) -> tuple[Path, ...]:
        stated = body.records
        if stated is None:
            stated = {"geojson": "features", "json": "", "csv": "", "xml": ""}[body.format]
        if body.format == "csv" and (body.records or (body.wide and len(set(body.wide)) != len(body.wide))):
            raise self.refuse("body.records", "is of no use in a csv: every line is a record; leave it out")
        if body.wide and body.format != "csv":
            raise self.refuse("body.wide", f'is for format = "csv", not {body.format}: leave it out')
        if body.format == "xml" and not stated:
            raise self.refuse("body.records", 'is missing: write the name of the element, like records = "parking"')
        paths = [stated] if isinstance(stated, str) else stated
        return tuple(self._try("body.records", partial(parse_path, one)) for one in paths)

    def _time(self, said: MappingFile) -> TimePlan | None:
        time = said.time
        if time is None:
            return None
        formats = (time.format,) if isinstance(time.format, str) else tuple(time.format)
        for one in formats:
            if one not in ("iso", "epoch_s", "epoch_ms") and not _is_format(one):
                raise self.refuse("time.format", f"{one!r:.60} is none: {_FORMATS}")
        zone = ZoneInfo(time.zone or said.source.zone)
        return TimePlan(self.must("time.at", time.at), formats, zone, self.field("time.published", time.published))

    def _count(self, key: str, part: CountPart, said: MappingFile) -> CountPlan:
        return CountPlan(
            part, self.field(f"{key}.vacant", part.vacant), self.field(f"{key}.occupied", part.occupied),
            self.number(f"{key}.capacity", part.capacity), self.number(f"{key}.full_at", part.full_at),
            Words({"yes": ["", *said.record.missing, *part.missing]}),
        )  # fmt: skip

    def _status(self, key: str, part: StatusPart) -> StatusPlan:
        meanings = {name: list(getattr(part, name)) for name in MEANINGS}
        own = self.words(key, meanings)
        if part.usual:
            for name, words in USUAL.items():
                meanings[name] += [word for word in words if word.casefold() not in own.listed]
        if not any(meanings.values()):
            raise self.refuse(key, 'has no words: write open = ["open"], closed = ["closed"], or usual = true')
        meant = RecordFilter(self.chosen(f"{key}.only", part.only), self.chosen(f"{key}.unless", part.unless))
        return StatusPlan(
            part, self.must(f"{key}.at", part.at), Words(meanings), Words({"yes": list(part.no_number)}), meant
        )

    def _category(self, key: str, part: CategoryPart) -> CategoryPlan:
        words = {audience.value: list(getattr(part, audience.value)) for audience in Audience}
        return CategoryPlan(
            self.must(f"{key}.at", part.at), self.words(key, words | {"nothing": list(part.nothing)}), part.others
        )

    def _space(self, part: SpacePart | None) -> SpacePlan | None:
        if part is None:
            return None
        states = self.words("space", {state.value: list(getattr(part, state.value)) for state in SpaceState})
        return SpacePlan(
            self.must("space.at", part.at), states, self.field("space.zone", part.zone),
            self.field("space.zone_name", part.zone_name),
        )  # fmt: skip

    def _place(self, part: PlacePart | None) -> PlacePlan | None:
        if part is None:
            return None
        if (part.lon is None) != (part.lat is None):
            raise self.refuse("place.lon", "and place.lat go together: write both, or point for one field with both")
        if part.point is not None and part.lon is not None:
            raise self.refuse("place.point", "and place.lon say the same: leave one of them out")
        if part.system is not None and part.system_at is not None:
            raise self.refuse("place.system", "and place.system_at say the same: leave one of them out")
        if part.system is not None and not is_known_system(part.system):
            raise self.refuse(
                "place.system",
                f"{part.system!r:.60} is not known: {_SYSTEMS}",
            )
        if part.box and not (len(part.box) == 4 and part.box[0] < part.box[2] and part.box[1] < part.box[3]):
            raise self.refuse(
                "place.box", "must be west, south, east and north in degrees: write [7.0, 47.5, 8.5, 48.5]"
            )
        names = ("name", "address", "height", "lon", "lat", "point")
        fields = {name: self.field(f"place.{name}", getattr(part, name)) for name in names}
        return PlacePlan(
            part, capacity=self.number("place.capacity", part.capacity),
            system_at=self.field("place.system_at", part.system_at), **fields,
        )  # fmt: skip


def _is_format(form: str) -> bool:
    """Whether strptime reads what strftime writes by it, with the year: else no record would have a time."""
    try:
        read = datetime.strptime(datetime(2026, 5, 4, 12, tzinfo=UTC).strftime(form), form)  # noqa: DTZ007
    except (ValueError, re.error):
        return False
    return read.year == 2026


def _needs_body(plan: MappingPlan) -> bool:
    """Whether a record alone is not enough: it needs what is around it, or would be taken for a whole body."""
    is_open = any(path.steps[:1] == (ALL,) for path in plan.records) and plan.said.body.format != "csv"
    return is_open or any(field.is_outside for field in decoding_fields(plan))
