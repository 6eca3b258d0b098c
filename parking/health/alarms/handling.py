"""What people say to an alarm: acknowledged, shelved, owned, noted, out of service.

Each aspect is a register of its own in which the later word stands, so two words at once lose neither, and whatever
the order or repetition in which they are read, ``merge`` comes to the same.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import msgspec

NOTES_KEPT = 20
"""Of an alarm; older ones stay in the record of decisions."""


class ShelfReason(StrEnum):
    """Why an alarm is set aside for some time, or is out of service."""

    KNOWN = "known"
    WORKS = "works"
    BEING_REPAIRED = "being_repaired"
    WAITING_FOR_SUPPLIER = "waiting_for_supplier"
    EVENT = "event"
    FALSE_ALARM = "false_alarm"
    BY_DESIGN = "by_design"


class SaidToAlarm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Anything said: by whom and when, by the city's clock."""

    at: datetime
    author: str


class Acknowledged(SaidToAlarm, frozen=True, kw_only=True, omit_defaults=True):
    """That the raising of ``raised_at``, and every one before it, has been seen."""

    raised_at: datetime


class SetAside(SaidToAlarm, frozen=True, kw_only=True, omit_defaults=True):
    """That it is set aside until an absolute time; with ``until`` at ``at`` it is set aside no more."""

    until: datetime
    reason: ShelfReason
    note: str = ""


class Owned(SaidToAlarm, frozen=True, kw_only=True, omit_defaults=True):
    """Who is on it; "" is nobody."""

    owner: str


class AlarmNote(SaidToAlarm, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wrote down about it."""

    text: str


class Handling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that people have said to one alarm; None where nobody has."""

    acknowledged: Acknowledged | None = None
    shelved: SetAside | None = None
    out_of_service: SetAside | None = None
    owned: Owned | None = None
    notes: tuple[AlarmNote, ...] = ()

    @property
    def owner(self) -> str | None:
        """Who is on it, or None."""
        return (self.owned.owner or None) if self.owned else None

    def is_shelved(self, now: datetime) -> bool:
        """Whether it is set aside for some time."""
        return self.shelved is not None and now < self.shelved.until

    def is_out_of_service(self, now: datetime) -> bool:
        """Whether it is out of service."""
        return self.out_of_service is not None and now < self.out_of_service.until

    @property
    def last_said_at(self) -> datetime | None:
        """When anybody last said anything to it."""
        said = (self.acknowledged, self.shelved, self.out_of_service, self.owned, *self.notes)
        return max((one.at for one in said if one is not None), default=None)


S = TypeVar("S", bound=SaidToAlarm)
_canonical = msgspec.json.Encoder(order="sorted")


def _order(said: SaidToAlarm) -> tuple[datetime, bytes]:
    return said.at, _canonical.encode(said)


def _later(one: S | None, other: S | None) -> S | None:
    return max((said for said in (one, other) if said is not None), key=_order, default=None)


def merge(one: Handling, other: Handling) -> Handling:
    """Both: of each aspect the later word, and the newest notes of both."""
    notes = sorted({*one.notes, *other.notes}, key=_order)
    return Handling(
        acknowledged=_seen(one.acknowledged, other.acknowledged),
        shelved=_later(one.shelved, other.shelved),
        out_of_service=_later(one.out_of_service, other.out_of_service),
        owned=_later(one.owned, other.owned),
        notes=tuple(notes[-NOTES_KEPT:]),
    )


def merge_all(handlings: Iterable[Handling]) -> Handling:
    """All of them, in whatever order."""
    whole = Handling()
    for one in handlings:
        whole = merge(whole, one)
    return whole


def _seen(one: Acknowledged | None, other: Acknowledged | None) -> Acknowledged | None:
    """The newest raising that was seen, and who saw it first: to acknowledge again changes nothing."""
    both = [said for said in (one, other) if said is not None]
    if not both:
        return None
    newest = max(said.raised_at for said in both)
    return min((said for said in both if said.raised_at == newest), key=_order)
