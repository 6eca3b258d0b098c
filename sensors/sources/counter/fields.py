"""One event's fields as counts and words, and what is left of them as diagnostics."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from parking.observations import Diagnostics
from parking.words import Audience, RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.numbers import whole_number
from sensors.reading.texts import required_text
from sensors.sources.counter.wire import Event, Scalar

W = TypeVar("W", bound=StrEnum)
MAX_TOTAL = 2**53


class Fields:
    """The fields of one event, each taken once. What nobody takes is its maker's own.

    All that takes raises RecordRefusedError, about the event's device, where the value is none of what is asked for.
    """

    category: Audience | None = None
    """Whom the event counts for, once that was read."""

    def __init__(self, event: Event) -> None:
        self._left, self._unread = dict(event.fields), event.left_over
        if "device" in self._unread:
            raise RecordRefusedError(RejectReason.WRONG_TYPE, "device is no short text")
        self.device = required_text(self._left, "device")
        del self._left["device"]

    def take(self, name: str) -> Scalar:
        """The value, once; None where there is none. A known field that could not be read refuses the event."""
        if name in self._unread:
            raise self.refused(RejectReason.WRONG_TYPE, f"{name} is no short number, text or truth")
        return self._left.pop(name, None)

    def has(self, name: str) -> bool:
        """Whether a field stands there, if only as null."""
        return name in self._left or name in self._unread

    def count(self, name: str) -> int:
        """A count that nothing can replace."""
        value = self.take(name)
        if value is None:
            raise self.refused(RejectReason.MISSING_FIELD, f"event has no {name}: unknown is no 0, leave the event out")
        return whole_number(value, name, self.device)

    def find_count(self, name: str) -> int | None:
        """A count, or None where none is stated."""
        value = self.take(name)
        return None if value is None else whole_number(value, name, self.device)

    def find(self, name: str) -> Scalar:
        """The value, which stays to be taken; None where there is none, or where it could not be read."""
        return self._left.get(name)

    def find_total(self, name: str) -> int | None:
        """A running total, which may be larger than any count of spaces; None where none is stated."""
        value = self.take(name)
        if value is None:
            return None
        total = int(value) if isinstance(value, str) and value.isdecimal() else value
        if isinstance(total, float) and total.is_integer():
            total = int(total)
        if isinstance(total, bool) or not isinstance(total, int):
            raise self.refused(RejectReason.WRONG_TYPE, f"{name} is {value!r:.40}, not a whole number")
        if total < 0:
            raise self.refused(RejectReason.NEGATIVE_COUNT, f"{name} is {total}: a total cannot be negative; reset it")
        if total >= MAX_TOTAL:
            raise self.refused(RejectReason.WRONG_TYPE, f"{name} is {total}: no counter counts that far")
        return total

    def word(self, name: str, words: type[W], default: W | None = None) -> W:
        """One of our words, or what stands for a field that is left out."""
        value = self.take(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise self.refused(RejectReason.MISSING_FIELD, f"event has no {name}: say one of {', '.join(words)}")
        if value not in tuple(words):
            detail = f"{name} is {value!r:.40}; known are {', '.join(words)}"
            raise self.refused(RejectReason.UNKNOWN_STATUS, detail)
        return words(str(value))

    def diagnostics(self, more: Mapping[str, str]) -> Diagnostics | None:
        """All that is left. A diagnostic of ours that has not our type is kept as one of its maker's."""
        battery_v, temperature_c = self._take_number("battery_v"), self._take_number("temperature_c")
        firmware = self._left.get("firmware")
        if isinstance(firmware, str):
            del self._left["firmware"]
        rest = {name: value for name, value in self._left.items() if value is not None}
        said = Diagnostics(
            battery_v=battery_v,
            temperature_c=temperature_c,
            firmware=firmware if isinstance(firmware, str) else None,
            more={**rest, **more},
        )
        return None if said == Diagnostics() else said

    def _take_number(self, name: str) -> float | None:
        """A number that is one of ours; anything else stays with its maker's own."""
        value = self._left.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        del self._left[name]
        return float(value)

    def refused(self, reason: RejectReason, detail: str) -> RecordRefusedError:
        """The error that refuses this event."""
        return RecordRefusedError(reason, detail, self.device)
