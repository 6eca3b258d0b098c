"""Recounts by hand against what stood published when they were made."""

from datetime import datetime
from typing import NamedTuple

from parking.decisions.model import Decision
from parking.desk.commands import PlaceRecount, from_decision
from parking.published.availability import Availability
from parking.words import Audience


class RecountFound(NamedTuple):
    """A recount by hand against what stood published just before; ``error`` is published less counted.

    ``low`` and ``high`` are the bounds that were published; None where nothing was.
    """

    place_id: str
    category: Audience
    counted_at: datetime
    author: str | None
    counted: int
    stood: int | None
    low: int | None
    high: int | None

    @property
    def error(self) -> int | None:
        """By how many spaces the published number was too great; None where there was none."""
        return None if self.stood is None else self.stood - self.counted

    @property
    def is_within(self) -> bool | None:
        """Whether what was counted lay within the published bounds."""
        return None if self.low is None or self.high is None else self.low <= self.counted <= self.high


def find_recount(decision: Decision) -> PlaceRecount | None:
    """The recount that a decision of the desk is, or None."""
    said = from_decision(decision)
    return said.command if said is not None and isinstance(said.command, PlaceRecount) else None


def hold_against(place_id: str, decision: Decision, recount: PlaceRecount, stood: Availability | None) -> RecountFound:
    """A recount and what stood published when it was made."""
    counted_at = recount.counted_at or decision.decided_at
    numbers: tuple[int | None, int | None, int | None] = (None, None, None)
    if stood is not None and recount.category is Audience.PUBLIC:
        numbers = stood.vacant, stood.vacant_low, stood.vacant_high
    elif stood is not None and (count := stood.by_category.get(recount.category)) is not None:
        numbers = count.vacant, None, None
    return RecountFound(place_id, recount.category, counted_at, decision.author, recount.vacant, *numbers)
