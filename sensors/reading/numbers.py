"""Counts, from whatever a source writes for a number."""

import re
from collections.abc import Mapping

from parking.words import RejectReason
from sensors.contract import RecordRefusedError

_SPACED = re.compile(r"[+-]?[0-9]{1,3}(?:[ \u00a0\u202f\u2009'\u2019][0-9]{3})+")
_MARKED = re.compile(r"[+-]?[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})+")
_PLAIN = re.compile(r"[+-]?[0-9]{1,20}(?:[.,]0{1,2}|\.0{4,})?")
"""Three zeros after a mark may be a thousand or nothing: refused."""

MISSING = (None, "")
"""How most sources leave a number out."""


def whole_number(value: object, name: str, device_id: str | None = None) -> int:
    """A count from a number or its text; refuses fractions, negatives, booleans and what is no number."""
    refused = RecordRefusedError(RejectReason.WRONG_TYPE, f"{name} is {value!r:.80}, not a whole number", device_id)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refused
    number = read_whole(value) if isinstance(value, str) else _exact(value)
    if number is None:
        raise refused
    if number < 0:
        raise RecordRefusedError(
            RejectReason.NEGATIVE_COUNT, f"{name} is {number}: a count cannot be negative; recalibrate", device_id
        )
    if number >= 2**31:
        raise refused
    return number


def read_whole(text: str) -> int | None:
    """The whole number in a text, with thousands set apart or not, "147.0" and "147,0" too; None where it is none.

    "1.000" and "1,234" are none: nobody knows whether that is more than a thousand.
    """
    text = text.strip()
    if _SPACED.fullmatch(text) or _MARKED.fullmatch(text):
        return int(re.sub(r"[^0-9+-]", "", text))
    return int(re.split("[.,]", text)[0]) if _PLAIN.fullmatch(text) else None


def _exact(value: float) -> int | None:
    try:
        return int(value) if int(value) == value else None
    except (ValueError, OverflowError):
        return None


def find_number(
    fields: Mapping[str, object], name: str, device_id: str, missing: tuple[object, ...] = MISSING
) -> int | None:
    """The count in a field; None where it is not there or holds one of ``missing``: unknown is never 0."""
    value = fields.get(name)
    return None if value in missing else whole_number(value, name, device_id)


def require_within(vacant: int, capacity: int | None, names: tuple[str, str], device_id: str, advice: str) -> None:
    """Refuse more vacant spaces than there are; ``names`` are those of the two fields, ``advice`` says what to do."""
    if capacity is not None and vacant > capacity:
        detail = f"{names[0]} {vacant} is above {names[1]} {capacity}: {advice}"
        raise RecordRefusedError(RejectReason.FREE_ABOVE_CAPACITY, detail, device_id)


def is_nothing(vacant: int | None, capacity: int | None) -> bool:
    """Whether it says 0 of 0: a place without spaces is none, so that is how a source writes that it does not know."""
    return vacant == 0 and capacity == 0


def find_counted(
    fields: Mapping[str, object],
    names: tuple[str, str],
    device_id: str,
    advice: str,
    missing: tuple[object, ...] = MISSING,
) -> tuple[int, int | None] | None:
    """(vacant, capacity) from the fields of those ``names``; None without a vacancy, and a capacity of 0 is unknown.

    0 vacant of a stated 0 is no vacancy: nobody counts there.
    """
    vacant = find_number(fields, names[0], device_id, missing)
    if vacant is None:
        return None
    capacity = find_number(fields, names[1], device_id, missing)
    if is_nothing(vacant, capacity):
        return None
    capacity = capacity or None
    require_within(vacant, capacity, names, device_id, advice)
    return vacant, capacity
