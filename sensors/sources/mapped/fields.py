"""A field of a record as its mapping says it: one path, several to try in turn, a part of a text, several joined."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sensors.sources.mapped.paths import KEY, Around, Path, parse_path

Written = str | list[str] | dict[str, object]
"""What a mapping writes for a field: "a.b", ["a", "b"] (the first that says something), {path, pattern}, {join}."""

MAX_MATCHED = 300
_ONE, _JOINED = {"path", "pattern"}, {"join", "between"}


class Field(NamedTuple):
    """Where a value is. ``join`` makes one text of all its paths; else the first that says something counts."""

    name: str
    paths: tuple[Path, ...]
    pattern: re.Pattern[str] | None = None
    join: str | None = None

    def read(self, record: Around) -> object:
        """The value; None where no path leads to one, or the text is not of the pattern."""
        found = [record.find(path) for path in self.paths]
        if self.join is not None:
            parts = [text for value in found if (text := word_of(value))]
            return self.join.join(parts) if len(parts) == len(found) else None
        value = next((one for one in found if one is not None and one != ""), found[0])
        if self.pattern is None or not isinstance(value, str):
            return value
        matched = self.pattern.fullmatch(value.strip()[:MAX_MATCHED])
        return None if matched is None else matched[1]

    @property
    def is_outside(self) -> bool:
        """Whether it needs more of the body than the record."""
        return any(path.up != 0 or path.text == KEY for path in self.paths)


def parse_field(written: object) -> Field:
    """A field from what a mapping writes. Raises ValueError with what to write instead."""
    if isinstance(written, str) and written.strip():
        return Field(written, (parse_path(written),))
    if isinstance(written, list) and written and all(isinstance(one, str) and one.strip() for one in written):
        return Field(" or ".join(written), tuple(map(parse_path, written)))
    if isinstance(written, dict):
        if set(written) <= _JOINED and isinstance(written.get("join"), list):
            inner = parse_field(written["join"])
            return inner._replace(name=" + ".join(written["join"]), join=str(written.get("between", " ")))
        if set(written) <= _ONE and "path" in written and isinstance(written.get("pattern"), str):
            return parse_field(written["path"])._replace(pattern=_pattern(str(written["pattern"])))
    raise ValueError(
        'must be a path like "data.free", a list of paths of which the first that says something counts, '
        '{ path = "name", pattern = "(P[0-9]+) .*" } or { join = ["date", "time"], between = " " }'
    )


def _pattern(text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise ValueError(f"pattern {text!r} is no regular expression: {error}") from error
    if pattern.groups != 1:
        raise ValueError(f"pattern {text!r} must have one group in brackets: what is in it is the value")
    return pattern


def word_of(value: object) -> str:
    """A value as a word to compare: "5" for 5, 5.0 and " 5 ", "true" for True; "" for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float) and abs(value) < 10**18:
        return str(value)
    return " ".join(value.split()) if isinstance(value, str) else ""


def is_said(value: object) -> bool:
    """Whether a value says anything at all: a list or an object does, though it is no word that could be compared."""
    return bool(value.strip()) if isinstance(value, str) else value is not None and value not in ([], {})


def scalars_in(value: object) -> Iterator[object]:
    """The single values in a value: itself, or what a list or an object holds."""
    if isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from scalars_in(one)
    else:
        yield value


class Words:
    """Words that a source writes, each with its meaning. Upper and lower case are one; ``*`` at an end is anything."""

    def __init__(self, meanings: Mapping[str, Sequence[object]]) -> None:
        self.listed = {word_of(word).casefold(): meaning for meaning, words in meanings.items() for word in words}
        self._starts = [(word[:-1], said) for word, said in self.listed.items() if word.endswith("*") and len(word) > 1]

    def meaning(self, value: object) -> str | None:
        """What a value means; None for a word that is not listed, and for what is no word."""
        if isinstance(value, list | dict):
            return None
        word = word_of(value).casefold()
        return self.listed.get(word) or next((said for start, said in self._starts if word.startswith(start)), None)

    def known(self) -> str:
        """They, for a sentence."""
        return ", ".join(list(self.listed)[:20])
