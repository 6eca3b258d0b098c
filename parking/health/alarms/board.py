"""The list of alarms as the desk shows it: where each stands, the worst first, and nothing in two places or in none."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from parking.health.alarms.kinds import Urgency
from parking.health.alarms.model import AlarmState, DeskAlarm


class AlarmBoard(msgspec.Struct, frozen=True, kw_only=True):
    """Every alarm that is raised, or has returned and was not seen, in exactly one of these.

    ``listed`` is what somebody should look at, the worst first, standing lines last. ``beneath`` are alarms that were
    raised by themselves and are explained by one that stands now, by the id of that cause.
    """

    listed: tuple[DeskAlarm, ...] = ()
    shelved: tuple[DeskAlarm, ...] = ()
    out_of_service: tuple[DeskAlarm, ...] = ()
    beneath: dict[str, tuple[DeskAlarm, ...]] = {}

    def count(self, state: AlarmState, now: datetime) -> int:
        """How many of the listed are in that state."""
        return sum(alarm.state(now) is state for alarm in self.listed)


def arrange(alarms: Iterable[DeskAlarm], now: datetime) -> AlarmBoard:
    """The board at ``now``. ``alarms`` are all there are, in any order."""
    every = {alarm.id: alarm for alarm in alarms}
    listed, shelved, out, beneath = [], [], [], dict[str, list[DeskAlarm]]()
    for alarm in sorted(every.values(), key=worst_first):
        match alarm.state(now):
            case AlarmState.NORMAL:
                continue
            case AlarmState.OUT_OF_SERVICE:
                out.append(alarm)
            case AlarmState.SHELVED:
                shelved.append(alarm)
            case _ if (cause := find_cause(alarm, every)) is not None:
                beneath.setdefault(cause.id, []).append(alarm)
            case _:
                listed.append(alarm)
    return AlarmBoard(
        listed=tuple(listed),
        shelved=tuple(shelved),
        out_of_service=tuple(out),
        beneath={cause: tuple(below) for cause, below in beneath.items()},
    )


def find_cause(alarm: DeskAlarm, alarms: dict[str, DeskAlarm]) -> DeskAlarm | None:
    """The alarm that explains this one and stands itself, or None: then it counts for itself."""
    cause = alarms.get(alarm.word.condition.under or "")
    return cause if cause is not None and alarm.word.is_standing and cause.word.is_standing else None


def worst_first(alarm: DeskAlarm) -> tuple[bool, float, str]:
    """By what hangs on it and how sure that is; standing lines after what can be answered now."""
    return alarm.urgency is Urgency.STANDING, -alarm.word.condition.stake, alarm.id
