"""What of a body is kept with a record that is written alone: what its mapping reads there, and little else."""

from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from sensors.sources.mapped.plan import MappingPlan, decoding_fields

MAX_NAMED_BYTES = 4096
"""What a mapping names is kept where it is not larger."""
MAX_OTHER_BYTES = 1024
"""So much of all else, for people; a body of thousands of refused records would else be kept thousands of times."""

Part = TypeVar("Part")


class Beside(NamedTuple, Generic[Part]):
    """What stands beside the way to a record at one level: what the mapping names, and ``others`` of so many bytes."""

    named: list[Part]
    others: list[Part]
    size: int


def names_outside(plan: MappingPlan) -> frozenset[str]:
    """The names that decoding reads outside of a record."""
    paths = [path for field in decoding_fields(plan) for path in field.paths]
    return frozenset(step for path in paths if path.up != 0 for step in path.steps)


def choose(parts: Iterable[tuple[str, int, Part]], names: frozenset[str]) -> Beside[Part]:
    """What is kept of a level's parts, each with its name and size; of one name the first is what a path leads to."""
    named: dict[str, Part] = {}
    others, total = [], 0
    for name, size, part in parts:
        if name in names:
            if size <= MAX_NAMED_BYTES:
                named.setdefault(name, part)
        elif total + size <= MAX_OTHER_BYTES:
            others.append(part)
            total += size
    return Beside(list(named.values()), others, total)


def kept(levels: Iterable[Beside[Part]]) -> Iterator[list[Part]]:
    """What is kept of each level, from the record outwards: the others of all levels share one bound."""
    room = MAX_OTHER_BYTES
    for level in levels:
        fits = level.size <= room
        room -= level.size if fits else 0
        yield level.named + (level.others if fits else [])
