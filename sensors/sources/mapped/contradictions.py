"""What of a mapping contradicts itself: one sentence that names file, key, and what to write instead."""

from collections.abc import Iterator

from parking.words import Audience
from sensors.sources.mapped.mapping import CountPart, MappingFile
from sensors.sources.mapped.paths import CELL, COLUMN
from sensors.sources.mapped.plan import MEANINGS
from sensors.sources.mapped.reading_toml import MappingError


def require_no_contradiction(file: str, said: MappingFile) -> None:
    """Raise MappingError for the first."""
    for sentence in _contradictions(said):
        raise MappingError(f"{file}: {sentence}")


def _contradictions(said: MappingFile) -> Iterator[str]:
    if said.space is not None and said.count:
        yield "space and count contradict each other: a record is one single space, or counts several; leave one out"
    if said.space is not None and said.status:
        yield "status is of a place that is counted: write the words of a single space in [space]"
    if said.space is None and not said.count and not said.status and said.place is None:
        yield 'count is missing: write [[count]] with vacant = "path", or [space], or [place] alone'
    if said.category and any(part.category for part in said.count):
        yield "category and count.category contradict each other: leave one of them out"
    if said.category and len(said.count) > 1:
        yield "category says it of the whole record, which has several counts: write count.category instead"
    if said.record.reserved and not said.category:
        yield "record.reserved needs [[category]]: nothing says for whom a record's place is reserved"
    whom = [part.category or Audience.PUBLIC for part in said.count]
    if len(set(whom)) != len(whom):
        yield f"count has {max(whom, key=whom.count)} twice: give each count a category of its own"
    own = (said.record.id, *(part.vacant for part in said.count))
    if not said.body.wide and any(isinstance(one, str) and one in (COLUMN, CELL) for one in own):
        yield 'body.wide is missing: $column and $cell are of a wide table; write wide = ["timestamp"]'
    for number, part in enumerate(said.count):
        yield from (f"count[{number}]{sentence}" for sentence in _of_count(part))


def _of_count(part: CountPart) -> Iterator[str]:
    if (part.vacant is None) == (part.occupied is None):
        yield ' must have one of vacant and occupied: write vacant = "path", or occupied and capacity'
    if part.occupied is not None and part.capacity is None:
        yield ".occupied says nothing of what is vacant without capacity: add capacity = …, a path or a number"
    for name in part.required:
        if getattr(part, name) is None:
            yield f".required names {name}, which the count does not have: add it, or take it out"
    for meaning in part.zero_beside:
        if meaning not in MEANINGS:
            yield f".zero_beside {meaning!r:.40} is no meaning of a status: write full"
