"""How high a vehicle may be, from what people write for it: "2,10 m", "190", "2.20m niveau-1; 1.90m niveau -2"."""

import re
from typing import NamedTuple

NO_HEIGHT = ("n/a", "na", "nan", "0", "0.0", "0,0")
_HEIGHT = re.compile(r"(?<![\w.,-])([0-9]{1,3})(?:[.,]([0-9]{1,2}))?\s*(cm|m|mètres?)?(?![\w.,]*[0-9])", re.IGNORECASE)

_FOREIGN = re.compile(r"(?<=[0-9])\s*(?:['’′\"″]|(?:ft|feet|foot|in|inch(?:es)?)\b)", re.IGNORECASE)
"""Feet and inches: nothing here converts them."""
_WEIGHT = re.compile(r"[0-9]+(?:[.,][0-9]+)?\s*(?:t|to|tonnes?|kg)\b", re.IGNORECASE)
_MEASURE = r"(?=[0-9]{3}|[0-9][.,][0-9]|[0-9]+\s*c?m\b)"
_FROM_TO = re.compile(rf"(?<=[0-9mM])\s*[-–]\s*{_MEASURE}")
_AFTER_A_LETTER = re.compile(r"(?<=[A-Za-z])(?=[0-9]{1,3}(?:[.,][0-9]{1,2})?\s*c?m\b)")


class Height(NamedTuple):
    """The lowest height that a text names, None where it names none; ``is_plain``: it is just that, or nothing."""

    lowest_cm: int | None
    is_plain: bool


def read_height(text: str) -> Height:
    """The lowest height in a text, in whatever unit.

    Without a unit 1 to 9 are metres and 100 to 999 centimetres; anything between is neither. A text with feet or inches
    names none.
    """
    if text.strip().casefold() in ("", *NO_HEIGHT):
        return Height(None, is_plain=True)
    if _FOREIGN.search(text):
        return Height(None, is_plain=False)
    told = _AFTER_A_LETTER.sub(" ", _FROM_TO.sub(" / ", _WEIGHT.sub(" ", text)))
    found = [height for match in _HEIGHT.finditer(told) if (height := _as_cm(match)) is not None]
    return Height(min(found, default=None), is_plain=bool(found) and _HEIGHT.fullmatch(text) is not None)


def _as_cm(match: re.Match[str]) -> int | None:
    whole, part, unit = int(match[1]), (match[2] or "").ljust(2, "0"), (match[3] or "").casefold()
    in_metres = unit.startswith("m") or (not unit and whole < 10)
    height = whole * 100 + int(part) if in_metres else whole
    stated = unit or part.strip("0") or in_metres or whole >= 100
    return height if stated and 100 <= height < 1000 else None
