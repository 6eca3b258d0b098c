"""Names and ids, from whatever a source writes for a text."""

from collections.abc import Mapping

from parking.catalogue.model import MAX_ID
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


def required_id(value: object, name: str) -> str:
    """An id as its publisher writes it, such as a URN: a text or a whole number, of at most 128 characters.

    A slash is written %2F, for ids stand in addresses and keys.
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        value = str(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"record has no {name}: ask the source")
    if (
        not isinstance(value, str)
        or not value.isprintable()
        or len(written := value.strip().replace("/", "%2F")) > MAX_ID
    ):
        detail = f"{name} is {value!r:.80}, not a text of at most {MAX_ID} characters"
        raise RecordRefusedError(RejectReason.WRONG_TYPE, detail)
    return written


def find_texts(value: object) -> list[str]:
    """The words of a field that holds one, several in a list, or several with commas between; none where it is empty.

    What is neither text nor list is one word, as it would be shown: no word that anybody knows.
    """
    if value is None:
        return []
    parts = value if isinstance(value, list) else [value]
    texts = [part if isinstance(part, str) else repr(part)[:40] for part in parts]
    return [word for text in texts for part in text.split(",") if (word := part.strip())]


def found_text(value: object, most: int = 200) -> str | None:
    """A text for people, cut to ``most`` characters; None where there is none."""
    return (value.strip()[:most] or None) if isinstance(value, str) else None
