"""The numbers of a record, for each audience that its mapping tells apart: what is unknown is None, never 0."""

from collections.abc import Sequence
from typing import NamedTuple

from parking.words import Audience, RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.numbers import is_nothing, require_within, whole_number
from sensors.sources.mapped.fields import Field, is_said
from sensors.sources.mapped.paths import Around
from sensors.sources.mapped.plan import CountPlan, MappingPlan

ADVICE = "more free than there are; look at the counter"


class MappedNumbers(NamedTuple):
    """What one count says: vacant (None: unknown), of how many, and from which number on the sign reads full."""

    vacant: int | None
    capacity: int | None
    full_at: int | None


def read_audience(around: Around, plan: MappingPlan, device_id: str | None = None) -> Audience | None:
    """For whom a record's spaces are; None where they are for nobody whom the house can name. It is never guessed.

    The first [[category]] with a word of its own says it; where none says anything, they are everyone's.
    Raises RecordRefusedError for a word of no list.
    """
    otherwise = "public"
    for category in plan.categories:
        value = category.at.read(around)
        said = category.words.meaning(value)
        if said is not None:
            return None if said == "nothing" else Audience(said)
        if category.others == "refuse" and is_said(value) and not plan.missing.meaning(value):
            detail = f"{category.at.name} is {value!r:.60}; known are {category.words.known()}: add it to the mapping"
            raise RecordRefusedError(RejectReason.UNKNOWN_STATUS, detail, device_id)
        if category.others == "nothing" and is_said(value):
            otherwise = "nothing"
    return None if otherwise == "nothing" else Audience.PUBLIC


def read_count(
    around: Around, count: CountPlan, meanings: Sequence[str], level_word: bool, device_id: str
) -> MappedNumbers:
    """The numbers of one count. ``meanings`` are what the place's status says. Raises RecordRefusedError."""
    capacity = _number(around, count, "capacity", count.capacity, device_id)
    zero_is_unknown = count.said.zero_capacity == "unknown"
    if count.vacant is not None:
        vacant = None if level_word else _number(around, count, "vacant", count.vacant, device_id)
    else:
        vacant = _from_occupied(around, count, None if zero_is_unknown and capacity == 0 else capacity, device_id)
    if vacant == 0 and count.said.zero_beside and not set(meanings) & set(count.said.zero_beside):
        vacant = None
    if zero_is_unknown:
        vacant = None if is_nothing(vacant, capacity) else vacant
        capacity = capacity or None
    if vacant is not None and count.vacant is not None:
        named = count.capacity.name if isinstance(count.capacity, Field) else "capacity"
        require_within(vacant, capacity, (count.vacant.name, named), device_id, ADVICE)
    full_at = _number(around, count, "full_at", count.full_at, device_id)
    return MappedNumbers(vacant, capacity, full_at)


def _from_occupied(around: Around, count: CountPlan, capacity: int | None, device_id: str) -> int | None:
    occupied = _number(around, count, "occupied", count.occupied, device_id)
    if occupied is None or capacity is None:
        return None
    name = count.occupied.name if count.occupied is not None else "occupied"
    if occupied > capacity:
        detail = f"{name} {occupied} is above the capacity {capacity}: more cars than spaces; look at the counter"
        raise RecordRefusedError(RejectReason.FREE_ABOVE_CAPACITY, detail, device_id)
    return capacity - occupied


def _number(around: Around, count: CountPlan, key: str, field: Field | int | None, device_id: str) -> int | None:
    if field is None or isinstance(field, int):
        return field
    value = field.read(around)
    if value is None or count.missing.meaning(value):
        if key in count.said.required:
            raise RecordRefusedError(
                RejectReason.MISSING_FIELD, f"record has no {field.name} ({value!r:.20}): ask the source", device_id
            )
        return None
    return whole_number(value, field.name, device_id)
