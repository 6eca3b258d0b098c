"""What had been decided and still held at an instant: signs' lines, what people had said, alarms.

Made of the last decision of each subject up to then (``store.history.decided``), so a release undoes what it releases.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from parking.decisions.acting import DecisionNow
from parking.decisions.model import Decision
from parking.health.alarms.model import AlarmState, DeskAlarm
from parking.health.alarms.recorded import ALARM_SUBJECTS, fold_alarms
from parking.signs.deciding import PLAN_RULE
from parking.signs.orders import Override, find_override
from parking.signs.showing import list_showings

_SIGN, _PLACE = "sign:", "place:"
_MOMENT = timedelta(microseconds=1)


class LineThen(NamedTuple):
    """A line of a sign as it was commanded. ``is_shown`` is None where nobody knows whether it stood there."""

    sign: str
    number: int
    known: DecisionNow
    is_shown: bool | None


class SignOrderThen(NamedTuple):
    """What a person had said to a sign, and that held."""

    sign: str
    override: Override
    known: DecisionNow


class DecidedThen(NamedTuple):
    """All of it by subject; ``places`` are people's words about places, ``alarms`` those that were not normal."""

    lines: tuple[LineThen, ...]
    sign_orders: tuple[SignOrderThen, ...]
    places: tuple[DecisionNow, ...]
    alarms: tuple[DeskAlarm, ...]


def sort_decided(decided: Iterable[DecisionNow], at: datetime) -> DecidedThen:
    """The last decisions of all subjects up to ``at``, by what they are about, without what held no longer."""
    lines, orders, places = list[LineThen](), list[SignOrderThen](), list[DecisionNow]()
    of_alarms = list[Decision]()
    for known in sorted(decided, key=lambda one: one.decision.subject):
        decision = known.decision
        if decision.decided_at > at:
            continue
        if decision.subject.startswith(_SIGN):
            sign, _, part = decision.subject.removeprefix(_SIGN).rpartition("/")
            if (decision.rule, decision.rule_version) == PLAN_RULE and part.isdecimal():
                lines.append(LineThen(sign, int(part), known, _is_shown(known, at)))
            elif (override := find_override(decision)) is not None and override.holds_at(at):
                orders.append(SignOrderThen(sign, override, known))
        elif decision.subject.startswith(_PLACE) and at < decision.valid_until:
            places.append(known)
        elif decision.subject.startswith(ALARM_SUBJECTS):
            of_alarms.append(decision)
    folded = fold_alarms(of_alarms).values()
    alarms = tuple(alarm for alarm in folded if alarm.state(at) is not AlarmState.NORMAL)
    lines.sort(key=lambda line: (line.sign, line.number))
    return DecidedThen(tuple(lines), tuple(orders), tuple(places), alarms)


def _is_shown(known: DecisionNow, at: datetime) -> bool | None:
    """By the rule of the audit: confirmed, and not past its limit. What is open may or may not stand there."""
    [showing] = list_showings([known], at, at + _MOMENT)
    return True if showing.decision is not None else None
