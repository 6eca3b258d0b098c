"""What is wrong, the alarm that it is, and the states that an alarm may be in."""

import hashlib
from datetime import datetime
from enum import StrEnum

import msgspec

from parking.health.alarms.handling import Handling
from parking.health.alarms.kinds import RULES, TroubleKind, Urgency

HOUSE_SIZE = 50
"""Spaces that a place of unknown capacity is ordered as; it is shown as unknown."""


class AlarmCondition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is wrong now.

    ``cause`` says what of ("feed:nantes", "place:P1", "sign:A12", "city"): kind and cause make the ``id``, which is
    the same after any restart. ``name`` is what people call it. ``places``, ``signs`` and ``devices`` (source/id) are
    all that it fells. ``spaces`` is how many spaces those places have, a badge bay counting twice, of those whose size
    is known; ``unsized`` is how many others there are. ``since`` is when it began, as far as that shows. ``under`` is
    the id of the condition that explains it. ``detail`` is for the sentence that tells it.
    """

    kind: TroubleKind
    cause: str
    name: str
    places: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    spaces: int = 0
    unsized: int = 0
    certainty: float = 1.0
    since: datetime | None = None
    under: str | None = None
    detail: dict[str, str] = {}

    @property
    def id(self) -> str:
        """As in ``alarm_id``."""
        return alarm_id(self.kind, self.cause)

    @property
    def stake(self) -> float:
        """What hangs on it: spaces times certainty."""
        return (self.spaces + HOUSE_SIZE * self.unsized) * self.certainty


def alarm_id(kind: TroubleKind, cause: str) -> str:
    """The id of an alarm: its kind and a digest of its cause, safe in addresses and subjects."""
    return f"{kind.value}-{hashlib.blake2b(cause.encode(), digest_size=5, person=b'alarm').hexdigest()}"


class Phase(StrEnum):
    """Where the watcher is with a condition: not yet an alarm, one, nearly over, over."""

    PENDING = "pending"
    ACTIVE = "active"
    CLEARING = "clearing"
    RETURNED = "returned"


class AlarmState(StrEnum):
    """The states of ISA-18.2. Shelved by a person for some time; out of service by a person's design."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"
    SHELVED = "shelved"
    OUT_OF_SERVICE = "out_of_service"


class AlarmWord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that the watcher remembers of an alarm, and so all that is recorded of it.

    ``condition`` is as last seen. ``phase_since`` is when the phase began; while ``CLEARING`` or when a pending
    condition is gone, ``absent_since`` is when it went. ``raised_at`` tells one raising from the next (None: never
    raised), ``raised`` are those of the last hours. ``turns`` counts how often it went and came within this raising.
    ``beneath`` are the ids of the conditions that it explains: they are no alarms of their own while it stands.
    ``number`` counts its words: the greater one is the newer, whatever became of clocks.
    """

    condition: AlarmCondition
    phase: Phase
    phase_since: datetime
    number: int = 1
    absent_since: datetime | None = None
    raised_at: datetime | None = None
    returned_at: datetime | None = None
    raised: tuple[datetime, ...] = ()
    turns: int = 0
    beneath: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The alarm's."""
        return self.condition.id

    @property
    def is_standing(self) -> bool:
        """Whether it has been raised and has not returned."""
        return self.phase in (Phase.ACTIVE, Phase.CLEARING)


class DeskAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm as everybody at the desk sees it: the watcher's word and what people have said."""

    word: AlarmWord
    handling: Handling = Handling()

    @property
    def id(self) -> str:
        """The alarm's."""
        return self.word.id

    @property
    def urgency(self) -> Urgency:
        """By when somebody should answer."""
        return RULES[self.word.condition.kind].urgency

    @property
    def is_acknowledged(self) -> bool:
        """Whether somebody has acknowledged this raising of it."""
        seen = self.handling.acknowledged
        return seen is not None and self.word.raised_at is not None and seen.raised_at >= self.word.raised_at

    def state(self, now: datetime) -> AlarmState:
        """Where it stands at ``now``: what people set aside comes back by itself when its time is up."""
        standing = self.word.is_standing
        if self.word.raised_at is None or (not standing and self.is_acknowledged):
            return AlarmState.NORMAL
        if self.handling.is_out_of_service(now):
            return AlarmState.OUT_OF_SERVICE
        if self.handling.is_shelved(now):
            return AlarmState.SHELVED
        if standing:
            return AlarmState.ACKNOWLEDGED if self.is_acknowledged else AlarmState.UNACKNOWLEDGED
        return AlarmState.RETURNED_UNACKNOWLEDGED
