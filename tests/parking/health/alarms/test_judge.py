"""An alarm comes after its delay, goes after its delay, comes again as itself, and chatters once."""

from __future__ import annotations

from collections.abc import Iterable

from parking.health.alarms.judge import judge
from parking.health.alarms.kinds import RULES, TroubleKind
from parking.health.alarms.model import AlarmCondition, AlarmWord, Phase
from tests.support import at

UNKNOWN = TroubleKind.NUMBER_UNKNOWN
ON = RULES[UNKNOWN].on.total_seconds() / 60
OFF = RULES[UNKNOWN].off.total_seconds() / 60


def wrong(place: str = "P1", under: str | None = None, kind: TroubleKind = UNKNOWN) -> AlarmCondition:
    return AlarmCondition(kind=kind, cause=f"place:{place}", name=place, places=(place,), spaces=100, under=under)


FEED = AlarmCondition(kind=TroubleKind.FEED_SILENT, cause="feed:nantes", name="nantes", places=("P1",), spaces=100)


class Watch:
    """A watcher that looks each minute, and remembers only what it recorded."""

    def __init__(self) -> None:
        self.known: dict[str, AlarmWord] = {}
        self.words: list[AlarmWord] = []

    def look(self, minutes: float, *conditions: AlarmCondition, unseen: Iterable[TroubleKind] = ()) -> None:
        for word in judge(self.known, conditions, at(minutes), frozenset(unseen)):
            self.known[word.id] = word
            self.words.append(word)

    def through(self, start: int, end: int, *conditions: AlarmCondition) -> None:
        for minutes in range(start, end):
            self.look(minutes, *conditions)

    def raisings(self, id_: str = wrong().id) -> int:
        return len({word.raised_at for word in self.words if word.id == id_ and word.raised_at})


def test_it_is_raised_once_it_has_lasted_and_returns_once_it_has_been_away() -> None:
    watch = Watch()
    watch.through(0, int(ON), wrong())
    assert watch.known[wrong().id].phase is Phase.PENDING
    watch.look(ON, wrong())
    assert watch.known[wrong().id].raised_at == at(ON)
    watch.through(20, 20 + int(OFF))
    assert watch.known[wrong().id].phase is Phase.CLEARING
    watch.look(20 + OFF)
    word = watch.known[wrong().id]
    assert (word.phase, word.returned_at) == (Phase.RETURNED, at(20))
    assert len(watch.words) == 4, "no change, no word"


def test_what_was_short_was_never_an_alarm() -> None:
    watch = Watch()
    watch.through(0, int(ON) - 1, wrong())
    watch.through(int(ON) - 1, 60)
    assert watch.raisings() == 0
    assert watch.known[wrong().id].phase is Phase.RETURNED


def test_it_comes_again_with_another_raising_and_its_old_id() -> None:
    watch = Watch()
    watch.through(0, 10, wrong())
    watch.through(10, 100)
    watch.through(100, 110, wrong())
    assert watch.raisings() == 2
    assert len(watch.known) == 1


def test_chattering_is_one_alarm() -> None:
    watch = Watch()
    for minutes in range(600):
        watch.look(minutes, *([wrong()] if minutes % 4 < 2 else []))
    assert watch.raisings() == 1
    assert watch.known[wrong().id].turns > 100


def test_slow_chattering_has_to_stay_away_longer_each_time() -> None:
    watch = Watch()
    for minutes in range(600):
        watch.look(minutes, *([wrong()] if minutes % 26 < 12 else []))
    assert watch.raisings() <= 6, "and not 23"


def test_what_a_cause_explains_is_no_alarm_until_it_outlives_the_cause() -> None:
    watch = Watch()
    watch.through(0, 30, FEED, wrong(under=FEED.id))
    assert watch.raisings() == 0
    assert watch.known[FEED.id].beneath == (wrong().id,)
    watch.through(30, 30 + int(ON), wrong())
    assert watch.raisings() == 0, "it has its own delay"
    watch.look(30 + ON, wrong())
    assert watch.raisings() == 1
    assert watch.known[wrong().id].condition.under is None


def test_a_pending_one_lapses_when_its_cause_is_seen_and_a_raised_one_goes_under_it() -> None:
    watch = Watch()
    watch.through(0, 3, wrong())
    watch.look(3, FEED, wrong(under=FEED.id))
    assert watch.known[wrong().id].phase is Phase.RETURNED
    watch = Watch()
    watch.through(0, 10, wrong())
    watch.look(10, FEED, wrong(under=FEED.id))
    assert watch.known[wrong().id].condition.under == FEED.id
    watch.look(11, wrong())
    assert watch.raisings() == 1
    assert watch.known[wrong().id].condition.under is None


def test_a_cause_that_is_not_there_explains_nothing() -> None:
    watch = Watch()
    watch.through(0, 10, wrong(under=FEED.id))
    assert watch.raisings() == 1


def test_what_cannot_be_seen_neither_comes_nor_goes() -> None:
    watch = Watch()
    watch.through(0, 10, wrong())
    for minutes in range(10, 200):
        watch.look(minutes, unseen={UNKNOWN})
    assert watch.known[wrong().id].phase is Phase.ACTIVE


def test_a_clock_that_is_taken_back_does_not_keep_an_alarm_waiting() -> None:
    watch = Watch()
    watch.look(600, wrong())
    watch.look(1, wrong())
    assert watch.raisings() == 1


def test_since_is_when_it_first_showed() -> None:
    watch = Watch()
    first = AlarmCondition(kind=UNKNOWN, cause="place:P1", name="P1", since=at(-3))
    watch.through(0, 8, first)
    watch.look(8, AlarmCondition(kind=UNKNOWN, cause="place:P1", name="P1", since=at(5)))
    assert watch.known[first.id].condition.since == at(-3)
