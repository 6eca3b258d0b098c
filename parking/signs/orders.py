"""What operators say to a sign: an order is a decision with an author, a reason and, where it shows something, an end.

Subjects: ``sign:ID/override`` is what stands now (its successor undoes it: a release says so), ``sign:ID/task`` is a
thing to be done once by the controller, which confirms it with what came of it.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from parking.decisions.model import Decision, DecisionInput, decide
from parking.decoding import decode
from parking.errors import ParkingError
from parking.instants import in_text
from parking.signs.model import Sign
from parking.signs.words import InvalidSignError, OrderReason, SignMessage

LONGEST_OVERRIDE = timedelta(days=30)
"""An override that nobody remembers is worse than none; it can be extended."""

SHORTEST_OVERRIDE = timedelta(minutes=2)
"""A sign is told whole minutes, and must be done when the order is."""

OVERRIDE_RULE = ("signs.override", 1)
TASK_RULE = ("signs.task", 1)
TASK_HOLDS = timedelta(minutes=10)
"""What nobody has done by then is not done any more."""


class Override(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Lines by number and the message each is to show; those not named are dark. ``test``: every pixel is lit.

    ``expires_at`` is absolute: nothing automatic moves it. Released, it is over. ``confirmed_by`` is the second person,
    where it takes two (``parking.signs.proposals``). ``decision`` is the id of the decision that it is, once it is one.
    """

    reason: OrderReason
    author: str
    expires_at: datetime
    lines: dict[int, SignMessage] = {}
    test: bool = False
    note: str | None = None
    confirmed_by: str | None = None
    decision: str = ""

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
    SECURE = "secure"


def override_subject(sign_id: str) -> str:
    """What decisions about an override are about."""
    return f"sign:{sign_id}/override"


def task_subject(sign_id: str) -> str:
    """What decisions about a task are about."""
    return f"sign:{sign_id}/task"


def decide_override(
    sign: Sign, override: Override, now: datetime, author: str | None = None, inputs: tuple[DecisionInput, ...] = ()
) -> Decision:
    """The order as a decision, to be recorded; ``author`` is who decides, where that is not who wants it.

    Raises InvalidSignError where it can be none.
    """
    if not now + SHORTEST_OVERRIDE <= override.expires_at <= now + LONGEST_OVERRIDE:
        raise InvalidSignError(
            f"an override ends between 2 minutes and 30 days from now ({in_text(now)}), not at "
            f"{in_text(override.expires_at)}; a longer one can be extended"
        )
    numbers = {line.number for line in sign.lines}
    if unknown := sorted(set(override.lines) - numbers):
        raise InvalidSignError(f"sign {sign.id} has no line {unknown[0]}; its lines are {sorted(numbers)}")
    if override.test and override.lines:
        raise InvalidSignError("a test pattern lights every pixel: name no lines with it")
    output = {"override": msgspec.to_builtins(msgspec.structs.replace(override, decision=""), str_keys=True)}
    subject = override_subject(sign.id)
    ordered = _ordered(sign, subject, OVERRIDE_RULE, output, now, override.expires_at, override, inputs)
    return ordered if author is None else msgspec.structs.replace(ordered, author=author)


def decide_release(sign: Sign, author: str, reason: OrderReason, now: datetime) -> Decision:
    """That no override holds any more. Raises InvalidSignError without an author."""
    override = Override(reason=reason, author=author, expires_at=now)
    return _ordered(sign, override_subject(sign.id), OVERRIDE_RULE, {"released": in_text(now)}, now, now, override)


def decide_task(sign: Sign, kind: TaskKind, author: str, reason: OrderReason, now: datetime) -> Decision:
    """A thing to be done once, in the next minutes or not at all. Raises InvalidSignError without an author."""
    order = Override(reason=reason, author=author, expires_at=now + TASK_HOLDS)
    output = {"task": kind.value, "asked_at": in_text(now)}
    return _ordered(sign, task_subject(sign.id), TASK_RULE, output, now, order.expires_at, order)


def _ordered(
    sign: Sign,
    subject: str,
    rule: tuple[str, int],
    output: dict[str, Any],
    now: datetime,
    end: datetime,
    by: Override,
    inputs: tuple[DecisionInput, ...] = (),
) -> Decision:
    reason = f"{by.reason.value}: {by.note}" if by.note else by.reason.value
    return decide(sign.tenant, subject, rule, inputs, output, now, end, author=by.author, reason=reason)


_override = msgspec.json.Decoder(Override)


def find_override(decision: Decision) -> Override | None:
    """The override that a decision says, or None where it says that there is none, or nothing that can be read."""
    said = decision.output.get("override") if (decision.rule, decision.rule_version) == OVERRIDE_RULE else None
    if said is None:
        return None
    try:
        found = decode(_override, msgspec.json.encode(said), "an override")
    except ParkingError:
        return None
    return msgspec.structs.replace(found, decision=decision.id)


def find_task(decision: Decision) -> TaskKind | None:
    """The task that a decision says, or None."""
    if (decision.rule, decision.rule_version) != TASK_RULE:
        return None
    try:
        return TaskKind(str(decision.output.get("task")))
    except ValueError:
        return None
