"""Names and ids, from whatever a source writes for a text."""

from collections.abc import Mapping

from parking.words import RejectReason
from sensors.contract import RecordRefusedError

MAX_FIELD = 64


def required_text(fields: Mapping[str, object], name: str, device_id: str | None = None) -> str:
    """A field that nothing can replace: its text, or its whole number as text; at most 64 characters."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        value = str(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"record has no {name}: ask the source", device_id)
    if not isinstance(value, str) or len(value) > MAX_FIELD or not value.isprintable():
        raise RecordRefusedError(RejectReason.WRONG_TYPE, f"{name} is {value!r:.80}, not a short text", device_id)
    return value.strip()
