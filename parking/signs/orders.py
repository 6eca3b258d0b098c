"""What operators say to a sign: an order is a decision with an author, a reason and, where it shows something, an end.

Subjects: ``sign:ID/override`` is what stands now (its successor undoes it: a release says so), ``sign:ID/task`` is a
thing to be done once by the controller, which confirms it with what came of it.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from parking.signs.words import InvalidSignError, OrderReason, SignMessage

LONGEST = timedelta(days=30)
"""An override that nobody remembers is worse than none; it can be extended."""

OVERRIDE_RULE = ("signs.override", 1)
TASK_RULE = ("signs.task", 1)


class Override(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Lines by number and the message each is to show; those not named are dark. ``test``: every pixel is lit.

    ``expires_at`` is absolute: nothing automatic moves it. Released, it is over.
    """

    reason: OrderReason
    author: str
    expires_at: datetime
    lines: dict[int, SignMessage] = {}
    test: bool = False
    note: str | None = None

    def __post_init__(self) -> None:
        if not self.author.strip():
            raise InvalidSignError("an override needs an author: who says so?")

    def holds_at(self, now: datetime) -> bool:
        """Whether it is still to be shown."""
        return now < self.expires_at


class TaskKind(StrEnum):
    """What can be asked of a sign once."""

    READ = "read"
    PIXEL_TEST = "pixel_test"
    DRILL = "drill"
    RESET = "reset"


class Task(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A thing to be done once."""

    kind: TaskKind
    author: str
    reason: OrderReason
