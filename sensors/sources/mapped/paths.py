"""Where a value stands in a record, in words that a TOML file can hold.

    grp_disponible           a field, a column, a child element
    properties.obs_free      a field of a field; a number is a place in a list (coordinates.0)
    properties."a.b"         a name with a dot in it
    @code                    an attribute of an XML element
    $key                     the name under which a record stands, where records are the values of an object
    $column, $cell           of a wide table: the column's name and the cell
    ^.name                   of what is around the record; ^^. of what is around that
    /updated                 from the top of the body

Nothing here raises for what a body holds; ``parse_path`` raises ValueError for what is no path.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

MAX_STEPS = 16
KEY, COLUMN, CELL = "$key", "$column", "$cell"
_STEP = re.compile(r'"([^"]+)"|([^."]+)')
ALL = "*"


class Path(NamedTuple):
    """The names to follow; ``up`` is how many levels above the record it begins, None at the top of the body."""

    text: str
    steps: tuple[str, ...]
    up: int | None = 0


def parse_path(text: str) -> Path:
    """A path from its text. Raises ValueError with what is wrong."""
    rest, up = text.strip(), 0
    if rest.startswith("/"):
        return Path(text, _steps(rest[1:], text), None)
    while rest.startswith("^"):
        rest, up = rest[1:], up + 1
    return Path(text, _steps(rest.removeprefix(".") if up else rest, text), up)


def _steps(rest: str, text: str) -> tuple[str, ...]:
    if not rest:
        return ()
    steps, at = [], 0
    while at <= len(rest):
        found = _STEP.match(rest, at)
        if found is None or (found.end() < len(rest) and rest[found.end()] != "."):
            raise ValueError(f'{text!r} is no path: write names with dots between them, like data.lots, or "a.b".c')
        steps.append(found[1] or found[2].strip())
        at = found.end() + 1
    if len(steps) > MAX_STEPS:
        raise ValueError(f"{text!r} is no path: it has more than {MAX_STEPS} names")
    return tuple(steps)


class Around(NamedTuple):
    """A record in its body: its fields, what is around it from the nearest outwards, and the top of the body."""

    fields: object
    parents: Sequence[object] = ()
    top: object = None
    own: Mapping[str, str] = {}

    def find(self, path: Path) -> object:
        """The value at a path; None where there is none. An element is its text."""
        if path.up is None:
            start = self.top
        elif path.up:
            start = self.parents[path.up - 1] if path.up <= len(self.parents) else None
        else:
            start = self.fields
        if path.text in self.own:
            return self.own[path.text]
        if path.up == 0 and isinstance(start, Mapping) and path.text in start:
            return _plain(start[path.text])  # a name with dots in it, as it stands
        return _plain(follow(start, path.steps))


def follow(start: object, steps: Sequence[str]) -> object:
    """What lies under these names; None where nothing does."""
    at = start
    for step in steps:
        at = _step(at, step)
        if at is None:
            return None
    return at


def _step(at: object, step: str) -> object:
    if isinstance(at, Mapping):
        return at.get(step)
    if isinstance(at, list | tuple):
        return at[int(step)] if step.isascii() and step.isdecimal() and int(step[:9]) < len(at) else None
    if isinstance(at, Element):
        if step.startswith("@"):
            return next((value for name, value in at.attrib.items() if local(name) == step[1:]), None)
        return next((child for child in at if local(child.tag) == step), None)
    return None


def local(tag: object) -> str:
    """An XML name without its namespace."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _plain(value: object) -> object:
    """A value as it stands; an element as its text or, where it holds others and no text, as an object of these."""
    if not isinstance(value, Element):
        return value
    text = (value.text or "").strip()
    return text if text or not len(value) else {local(child.tag): (child.text or "").strip() for child in value}
