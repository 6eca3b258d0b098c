"""Who is told of which alarm, by which route, when: once at once, again when nobody answers, and when it is over.

Nothing here sends. What was sent is remembered for each alarm and route (``SentNotice``), is a decision like all else
(``alarm:ID/notice.ROUTE``), and is all that ``due_notices`` needs, so that nobody is told twice after a restart.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import TypeAlias

import msgspec

from parking.health.alarms.board import find_cause, worst_first
from parking.health.alarms.kinds import TroubleKind, Urgency
from parking.health.alarms.model import AlarmState, DeskAlarm

CALM = timedelta(minutes=10)
"""The span in which a route is given no more than ``most`` notices, but for what cannot wait."""


class NoticeKind(StrEnum):
    """Why somebody is told: a first time, because nobody has answered, once more, or because it is over."""

    RAISED = "raised"
    ESCALATED = "escalated"
    REPEATED = "repeated"
    RESOLVED = "resolved"


class NoticeRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A way to tell people; where it leads is no matter here.

    It takes alarms of ``urgencies`` and ``kinds`` (empty: all) that stand unacknowledged for ``after_min`` minutes:
    0 is at once, more is an escalation. ``since`` to ``until`` are its hours by the city's time of day (equal: always;
    over midnight if later); outside them only what is for now goes, and only if ``wakes``. It says it again every
    ``repeat_min`` minutes, ``repeats`` times at most, and is told when it is over (``resolved``). From
    ``digest_from`` alarms at once they are one notice.
    """

    name: str
    urgencies: frozenset[Urgency] = frozenset({Urgency.NOW, Urgency.SOON})
    kinds: frozenset[TroubleKind] = frozenset()
    after_min: int = 0
    since: time = time(0)
    until: time = time(0)
    wakes: bool = True
    repeat_min: int = 30
    repeats: int = 2
    resolved: bool = True
    digest_from: int = 3
    most: int = 4

    def takes(self, alarm: DeskAlarm) -> bool:
        """Whether alarms like this one go this way."""
        kind = alarm.word.condition.kind
        return alarm.urgency in self.urgencies and (not self.kinds or kind in self.kinds)

    def is_open(self, urgency: Urgency, local: time) -> bool:
        """Whether something may go this way at that time of day."""
        if self.since == self.until or (self.wakes and urgency is Urgency.NOW):
            return True
        if self.since < self.until:
            return self.since <= local < self.until
        return local >= self.since or local < self.until


class SentNotice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that was sent of one raising of an alarm by one route."""

    alarm: str
    route: str
    raised_at: datetime
    last_at: datetime
    times: int = 1
    resolved: bool = False


SentBy: TypeAlias = Mapping[tuple[str, str], SentNotice]
"""The newest by alarm and route."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message to be sent now: of one alarm, or of several at once. ``sent`` is what to remember once it is."""

    route: str
    kind: NoticeKind
    alarms: tuple[DeskAlarm, ...]
    sent: tuple[SentNotice, ...]

    @property
    def is_digest(self) -> bool:
        """Whether it tells of several."""
        return len(self.alarms) > 1


def due_notices(
    alarms: Iterable[DeskAlarm], routes: Sequence[NoticeRoute], sent: SentBy, now: datetime, zone: tzinfo
) -> list[Notice]:
    """What is to be sent at ``now``, by route. ``zone`` is the city's.

    Of what is shelved, out of service, or explained by an alarm that stands, nobody is told.
    """
    every = {alarm.id: alarm for alarm in sorted(alarms, key=worst_first)}
    local = now.astimezone(zone).time()
    due: list[Notice] = []
    for route in routes:
        asked: dict[NoticeKind, list[tuple[DeskAlarm, SentNotice]]] = {}
        for alarm in every.values():
            before = sent.get((alarm.id, route.name))
            kind = _due(alarm, route, before, every, now)
            if kind is not None and route.is_open(alarm.urgency, local):
                asked.setdefault(kind, []).append((alarm, _after(alarm, route, before, kind, now)))
        room = route.most - len({one.last_at for (_, name), one in sent.items() if _is_recent(one, name, route, now)})
        for kind, of_it in asked.items():
            for group in _grouped(of_it, route):
                if room > 0 or any(alarm.urgency is Urgency.NOW for alarm, _ in group):
                    due.append(Notice(route=route.name, kind=kind, alarms=tuple(alarm for alarm, _ in group),
                                      sent=tuple(after for _, after in group)))  # fmt: skip
                    room -= 1
    return due


def _is_recent(one: SentNotice, name: str, route: NoticeRoute, now: datetime) -> bool:
    return name == route.name and timedelta(0) <= now - one.last_at < CALM


def _due(
    alarm: DeskAlarm, route: NoticeRoute, before: SentNotice | None, every: dict[str, DeskAlarm], now: datetime
) -> NoticeKind | None:
    raised_at = alarm.word.raised_at
    if raised_at is None:
        return None
    is_told = before is not None and before.raised_at == raised_at
    if not alarm.word.is_standing:
        is_due = is_told and before is not None and not before.resolved and route.resolved
        return NoticeKind.RESOLVED if is_due else None
    if alarm.state(now) is not AlarmState.UNACKNOWLEDGED or not route.takes(alarm) or find_cause(alarm, every):
        return None
    if not is_told or before is None:
        if now - raised_at < timedelta(minutes=route.after_min):
            return None
        return NoticeKind.ESCALATED if route.after_min else NoticeKind.RAISED
    is_again = before.times <= route.repeats and now - before.last_at >= timedelta(minutes=route.repeat_min)
    return NoticeKind.REPEATED if is_again else None


def _after(
    alarm: DeskAlarm, route: NoticeRoute, before: SentNotice | None, kind: NoticeKind, now: datetime
) -> SentNotice:
    assert alarm.word.raised_at is not None, "only what was raised is told"
    again = kind in (NoticeKind.REPEATED, NoticeKind.RESOLVED) and before is not None
    return SentNotice(
        alarm=alarm.id, route=route.name, raised_at=alarm.word.raised_at, last_at=now,
        times=before.times + 1 if again and before is not None else 1, resolved=kind is NoticeKind.RESOLVED,
    )  # fmt: skip


def _grouped(of_it: list[tuple[DeskAlarm, SentNotice]], route: NoticeRoute) -> list[list[tuple[DeskAlarm, SentNotice]]]:
    """One by one, or all in one where they are many."""
    return [of_it] if len(of_it) >= route.digest_from else [[one] for one in of_it]


MUST_LOOK_WITHIN = timedelta(minutes=2)
MUST_SEND_WITHIN = timedelta(minutes=15)


def may_reassure(
    now: datetime, looked_at: datetime | None, unrecorded_since: datetime | None, unsent_since: datetime | None
) -> bool:
    """The dead man's switch: whether the outside may be told that somebody here would be told.

    Only while the watcher looks, Kafka takes what it says, and what is due goes out by some route. An alarm of the
    city does not stop it: that is sent. What stops it is that nobody would hear of one.
    """
    if looked_at is None or now - looked_at > MUST_LOOK_WITHIN:
        return False
    if unrecorded_since is not None and now - unrecorded_since > MUST_LOOK_WITHIN:
        return False
    return unsent_since is None or now - unsent_since <= MUST_SEND_WITHIN
