"""The alarms of a city as any process at the desk knows them: from the latest decisions, and its own at once.

What this process has recorded counts before Redis shows it, and while Redis is away. What Redis has forgotten is not
forgotten here: of two words about one thing the newer stands, whoever tells it.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

import msgspec

from parking.decisions.acting import DecisionNow
from parking.decisions.model import Decision
from parking.health.alarms.board import find_cause
from parking.health.alarms.handling import Handling, merge
from parking.health.alarms.kinds import Urgency
from parking.health.alarms.model import AlarmState, AlarmWord, DeskAlarm
from parking.health.alarms.notices import SentNotice
from parking.health.alarms.recorded import (
    ALARM_SUBJECTS,
    fold_sent,
    handling_from_decision,
    handling_subject,
    newer,
    sent_from_decision,
    word_from_decision,
)

Latest: TypeAlias = Callable[[], Awaitable[list[DecisionNow]]]
"""The latest decisions of all subjects of alarms. Raises RedisError or OSError where they cannot be read."""

KEPT_FOR = timedelta(days=75)
"""For how long Redis keeps showing a decision about an alarm; one that still stands is recorded again before."""

ANY_STATE = "any"
"""In the place of a state of alarms: each of them."""

UNHANDLED = "nobody"
"""The tag of an alarm to which nobody has said anything."""


class BookEntry(NamedTuple):
    """An alarm; the decision by which people last said something to it; whether the watcher's word is in the record.

    ``under`` is the alarm that explains it and stands now: then that one is to be answered, and not this one.
    """

    alarm: DeskAlarm
    handled: Decision | None = None
    is_recorded: bool = True
    under: str | None = None

    @property
    def tag(self) -> str:
        """By which somebody who says something shows what they have seen."""
        return self.handled.id if self.handled else UNHANDLED

    def moment(self, now: datetime) -> datetime:
        """Now, and not before the last thing said: the clock of a recorded city stands between two ticks."""
        return max(now, self.alarm.handling.last_said_at or now)

    def next_moment(self, now: datetime) -> datetime:
        """When the next thing is said: after all that was said before."""
        last = self.alarm.handling.last_said_at
        return now if last is None or last < now else last + timedelta(microseconds=1)

    def state(self, now: datetime) -> AlarmState:
        """Where it stands."""
        return self.alarm.state(self.moment(now))

    def is_listed(self, now: datetime) -> bool:
        """Whether it is to be looked at for itself: it is not normal, and no other alarm explains it."""
        return self.state(now) is not AlarmState.NORMAL and self.under is None

    def order(self, now: datetime) -> tuple[Any, ...]:
        """The most pressing first: by when somebody should answer, then by what hangs on it, then the older."""
        alarm = self.alarm
        is_aside = self.state(now) in (AlarmState.SHELVED, AlarmState.OUT_OF_SERVICE)
        urgency = list(Urgency).index(alarm.urgency)
        return (is_aside, urgency, -alarm.word.condition.stake, alarm.word.raised_at or now, alarm.id)


def lasting(decision: Decision) -> Decision:
    """The same decision, which is shown for as long as an alarm may stand without anything new being said."""
    return msgspec.structs.replace(decision, valid_until=decision.decided_at + KEPT_FOR)


class AlarmBook:
    """``read`` from Redis, ``take`` what this process itself decided."""

    def __init__(self, latest: Latest) -> None:
        self._latest = latest
        self._words: dict[str, AlarmWord] = {}
        self._said_at: dict[str, datetime] = {}
        self._sent: dict[tuple[str, str], SentNotice] = {}
        self._open: list[Decision] = []
        self._handlings: dict[str, Handling] = {}
        self._handled: dict[str, Decision] = {}
        self.unrecorded: set[str] = set()
        self.version = 0

    async def read(self) -> None:
        """Take in what Redis shows. Raises RedisError or OSError; what was known stays."""
        latest = await self._latest()
        self.take(known.decision for known in latest)
        self._open = [known.decision for known in latest if known.is_open and sent_from_decision(known.decision)]

    def take(self, decisions: Iterable[Decision]) -> None:
        """Take in decisions, in whatever order and however often."""
        for decision in decisions:
            if (word := word_from_decision(decision)) is not None:
                self.say(word)
                self._said_at[word.id] = max(decision.decided_at, self._said_at.get(word.id, decision.decided_at))
            elif (handling := handling_from_decision(decision)) is not None:
                self._hear(decision, handling)
            else:
                self._told(decision)

    def say(self, word: AlarmWord) -> None:
        """The watcher's word, recorded or not yet."""
        before = self._words.get(word.id)
        after = newer(before, word)
        if after != before:
            self._words[word.id] = after
            self.version += 1

    def words(self) -> dict[str, AlarmWord]:
        """The newest word of each alarm."""
        return dict(self._words)

    def sent(self) -> dict[tuple[str, str], SentNotice]:
        """What was sent last of each alarm by each route."""
        return dict(self._sent)

    def open_notices(self) -> list[Decision]:
        """Notices of which nobody has confirmed anything, as Redis showed them last."""
        return list(self._open)

    def said_at(self, alarm: str) -> datetime | None:
        """When the watcher's word was last recorded."""
        return self._said_at.get(alarm)

    def find(self, alarm: str) -> BookEntry | None:
        """One alarm, or None where there never was one of that id."""
        word = self._words.get(alarm)
        if word is None:
            return None
        said = DeskAlarm(word=word, handling=self._handlings.get(alarm, Handling()))
        above = self._words.get(word.condition.under or "")
        cause = find_cause(said, {above.id: DeskAlarm(word=above)} if above is not None else {})
        return BookEntry(said, self._handled.get(alarm), alarm not in self.unrecorded, cause.id if cause else None)

    def entries(self) -> list[BookEntry]:
        """All of them, by id."""
        return [entry for alarm in sorted(self._words) if (entry := self.find(alarm)) is not None]

    def listed(self, now: datetime, state: str | None = None) -> list[BookEntry]:
        """Those to be looked at for themselves, or those of a state (``ANY_STATE``: all), the most pressing first."""

        def is_wanted(entry: BookEntry) -> bool:
            return state == ANY_STATE or (entry.is_listed(now) if state is None else entry.state(now).value == state)

        return sorted(filter(is_wanted, self.entries()), key=lambda entry: entry.order(now))

    def alarms(self) -> dict[str, DeskAlarm]:
        """All of them, by id."""
        return {entry.alarm.id: entry.alarm for entry in self.entries()}

    def _told(self, decision: Decision) -> None:
        for name, sent in fold_sent([decision]).items():
            before = self._sent.get(name)
            is_newer = before is None or (before.raised_at, before.times, before.last_at) <= (
                sent.raised_at, sent.times, sent.last_at,
            )  # fmt: skip
            if is_newer:
                self._sent[name] = sent

    def _hear(self, decision: Decision, handling: Handling) -> None:
        alarm = decision.subject.removeprefix(ALARM_SUBJECTS).rpartition("/")[0]
        if decision.subject != handling_subject(alarm):
            return
        before = self._handlings.get(alarm, Handling())
        after = merge(before, handling)
        latest = self._handled.get(alarm)
        if latest is None or (latest.decided_at, latest.id) < (decision.decided_at, decision.id):
            self._handled[alarm] = decision
            self.version += 1
        if after != before:
            self._handlings[alarm] = after
            self.version += 1
