"""What may stand in a decision: names of subjects, and JSON that every reader reads alike."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from parking.catalogue.model import TENANT_ID
from parking.errors import ParkingError
from parking.instants import require_utc

MAX_SUBJECT = 256
MAX_WORDS = 600
MAX_NESTING = 16
EXACT = 2**53
"""Whole numbers beyond this are read differently by different languages, so none stands in a decision."""

FIRST_YEAR, LAST_YEAR = 1970, 9000

_SUBJECT = re.compile(r"[a-z][a-z0-9_-]{0,31}:\S(.*\S)?")

JsonMap: TypeAlias = dict[str, Any]
Occasion: TypeAlias = tuple[str, str, str, datetime]
"""Tenant, subject, decision id and decided_at."""


class InvalidDecisionError(ParkingError, ValueError):
    """A decision or confirmation that cannot be was constructed; the message names the field."""


def require_json(value: object, name: str, nesting: int = 0) -> None:
    """Raise InvalidDecisionError unless every reader of JSON will read the same: no NaN, no times, no huge numbers."""
    if nesting > MAX_NESTING:
        raise InvalidDecisionError(f"{name} is nested more than {MAX_NESTING} deep")
    if isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(key, str):
                raise InvalidDecisionError(f"{name} has a key that is no text: {key!r}")
            require_json(part, name, nesting + 1)
    elif isinstance(value, list | tuple):
        for part in value:
            require_json(part, name, nesting + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidDecisionError(f"{name} holds {value}: leave out what is unknown")
    elif isinstance(value, int):
        if abs(value) > EXACT:
            raise InvalidDecisionError(f"{name} holds {value}, which not every reader of JSON can hold")
    elif value is not None and not isinstance(value, str):
        raise InvalidDecisionError(f"{name} holds {value!r}: write it as text, a number, true, false or null")


def require_subject(tenant: str, subject: str) -> None:
    """Raise InvalidDecisionError unless both are names: a subject is a kind, a colon and a name, like "sign:A12/1"."""
    if not TENANT_ID.fullmatch(tenant):
        raise InvalidDecisionError(f"tenant {tenant[:80]!r} is no name of a city")
    if len(subject) > MAX_SUBJECT or not subject.isprintable() or not _SUBJECT.fullmatch(subject):
        raise InvalidDecisionError(
            f"subject {subject[:80]!r} must be a kind, a colon and a name, like 'sign:A12/1', of at most {MAX_SUBJECT}"
        )


def require_count(value: int | None, name: str, least: int = 0) -> None:
    """Raise InvalidDecisionError unless it is a whole number from ``least`` on that every reader can hold."""
    if value is not None and not least <= value < EXACT:
        raise InvalidDecisionError(f"{name} {str(value)[:40]} must be {least} or more, and below 2**53")


def require_instant(instant: datetime, name: str) -> None:
    """Raise InvalidDecisionError for a time at the ends of the calendar: nobody can reckon a day before or after it."""
    require_utc(instant, name)
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise InvalidDecisionError(f"{name} {instant} must lie in the years {FIRST_YEAR} to {LAST_YEAR}")


def require_words(*texts: str | None) -> None:
    """Raise InvalidDecisionError where a text is empty or too long."""
    for text in texts:
        if text is not None and not 0 < len(text) <= MAX_WORDS:
            raise InvalidDecisionError(f"author and reason must be 1..{MAX_WORDS} characters")
