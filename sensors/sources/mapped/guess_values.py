"""What the values of an unknown field look like: whole numbers, times, positions, words."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sensors.reading.numbers import read_whole
from sensors.sources.mapped.fields import word_of

NOTHING = frozenset({"", "nan", "n/a", "na", "null", "none", "-", "--", "n.a.", "nc", "?"})
"""Texts that people write where there is nothing; the empty one is always nothing."""

FORMATS = (
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y - %H:%M",
    "%d-%m-%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%Y/%m/%d %H:%M:%S",
)  # fmt: skip
_EARLY, _LATE = datetime(2005, 1, 1, tzinfo=UTC).timestamp(), datetime(2040, 1, 1, tzinfo=UTC).timestamp()
_PAIR = re.compile(r"\(?\s*(-?[0-9]{1,3}\.[0-9]+)\s*[,; ]\s*(-?[0-9]{1,3}\.[0-9]+)\s*\)?")


class Numbers(NamedTuple):
    """Of a field's values: how many say something, which are whole numbers, and which texts stand for nothing."""

    said: int
    whole: list[int]
    nothing: Counter[str]


def numbers_in(values: Sequence[object]) -> Numbers:
    """The whole numbers among values; a boolean is none."""
    whole, nothing, said = [], Counter[str](), 0
    for value in values:
        text = word_of(value)
        if value is None or text.casefold() in NOTHING:
            nothing[text] += bool(text)
            continue
        said += 1
        number = None if isinstance(value, bool | list | dict) else read_whole(text)
        if number is not None:
            whole.append(number)
    return Numbers(said, whole, nothing)


def is_number(values: Sequence[object]) -> bool:
    """Whether most that is said in a field are whole numbers."""
    found = numbers_in(values)
    return found.said > 0 and len(found.whole) >= 0.9 * found.said


def time_format(values: Sequence[object]) -> tuple[str, bool] | None:
    """The format of a field's times, and whether another order of day and month fits too; None where they are none."""
    texts = [word_of(value) for value in values if value is not None and word_of(value).casefold() not in NOTHING][:300]
    if not texts:
        return None
    fits = [form for form in ("iso", "epoch_s", "epoch_ms", *FORMATS) if _share(texts, form) >= 0.8]
    if not fits:
        return None
    return fits[0], sum(form[:6] in ("%d/%m/", "%m/%d/") for form in fits) > 1


def instants_in(values: Sequence[object], form: str) -> list[float]:
    """Seconds since 1970 of the times in a field, those without an offset taken as UTC."""
    found = []
    for value in values:
        text = word_of(value)
        if _is_time(text, form):
            found.append(_seconds(text, form))
    return found


def _seconds(text: str, form: str) -> float:
    if form.startswith("epoch"):
        return float(text) / (1000 if form == "epoch_ms" else 1)
    at = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _share(texts: Sequence[str], form: str) -> float:
    return sum(_is_time(text, form) for text in texts) / len(texts)


def _is_time(text: str, form: str) -> bool:
    try:
        if form == "iso":
            return text.count("-") >= 2 and ":" in text and bool(datetime.fromisoformat(text))
        if form.startswith("epoch"):
            return _EARLY < float(text) / (1000 if form == "epoch_ms" else 1) < _LATE
        return bool(datetime.strptime(text, form))  # noqa: DTZ007
    except ValueError:
        return False


class Position(NamedTuple):
    """How a field's positions are written; ``is_sure`` is false where lat and lon might be the other way round."""

    order: str | None
    is_sure: bool


def position_in(values: Sequence[object]) -> Position | None:
    """Whether most values of a field are positions, and which comes first; None where they are none."""
    said = [value for value in values if value not in (None, "")][:300]
    pairs = [pair for value in said if (pair := _pair(value)) is not None]
    if not said or len(pairs) < 0.8 * len(said):
        return None
    if isinstance(said[0], dict):
        return Position(None, is_sure=True)
    if isinstance(said[0], str) and said[0].upper().lstrip().startswith(("POINT", "SRID")):
        return Position(None, is_sure=True)
    if any(abs(first) > 90 for first, _ in pairs):
        return Position("lon,lat", is_sure=True)
    if any(abs(second) > 90 for _, second in pairs):
        return Position("lat,lon", is_sure=True)
    is_europe = all(34 < first < 72 and -25 < second < 34 for first, second in pairs)
    return Position("lat,lon" if is_europe else "lon,lat", is_sure=False)


def _pair(value: object) -> tuple[float, float] | None:
    if isinstance(value, dict):
        value = value.get("coordinates", [value.get("lon"), value.get("lat")])
    if isinstance(value, str):
        inner = re.search(r"\(([^()]*)\)", value)
        found = _PAIR.fullmatch((inner[1] if inner and value.upper().startswith(("POINT", "SRID")) else value).strip())
        return (float(found[1]), float(found[2])) if found else None
    if isinstance(value, list) and len(value) in (2, 3) and all(isinstance(one, int | float) for one in value):
        return float(value[0]), float(value[1])
    return None


def degrees_in(values: Sequence[object]) -> list[float]:
    """The numbers of a field, as degrees or metres; empty where most are none."""
    found = []
    said = [word_of(value) for value in values if value is not None and word_of(value).casefold() not in NOTHING]
    for text in said:
        try:
            found.append(float(text.replace(",", ".")))
        except ValueError:
            continue
    return found if said and len(found) >= 0.9 * len(said) else []


def words_in(values: Sequence[object]) -> Counter[str]:
    """How often each word stands in a field."""
    return Counter(word_of(value) for value in values if not isinstance(value, list | dict))
