"""Counts, from whatever a source writes for a number."""

from collections.abc import Mapping

from parking.words import RejectReason
from sensors.contract import RecordRefusedError

MISSING = (None, "")
"""How most sources leave a number out."""


def whole_number(value: object, name: str, device_id: str | None = None) -> int:
    """A count from a number or its text; refuses fractions, negatives, booleans and what is no number."""
    refused = RecordRefusedError(RejectReason.WRONG_TYPE, f"{name} is {value!r:.80}, not a whole number", device_id)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refused
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and "_" in text:  # Python would read 1_000
        raise refused
    try:
        number = int(text)
        exact = isinstance(text, str) or number == text
    except (ValueError, OverflowError):
        number, exact = 0, False
        try:  # "147.0", as some exports write it
            number, exact = int(float(text)), float(text).is_integer()
        except (ValueError, OverflowError):
            raise refused from None
    if not exact:
        raise refused
    if number < 0:
        raise RecordRefusedError(
            RejectReason.NEGATIVE_COUNT, f"{name} is {number}: a count cannot be negative; recalibrate", device_id
        )
    if number >= 2**31:
        raise refused
    return number


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


def find_counted(
    fields: Mapping[str, object],
    names: tuple[str, str],
    device_id: str,
    advice: str,
    missing: tuple[object, ...] = MISSING,
) -> tuple[int, int | None] | None:
    """(vacant, capacity) from the fields of those ``names``; None without a vacancy, and a capacity of 0 is unknown."""
    vacant = find_number(fields, names[0], device_id, missing)
    if vacant is None:
        return None
    capacity = find_number(fields, names[1], device_id, missing) or None
    require_within(vacant, capacity, names, device_id, advice)
    return vacant, capacity
