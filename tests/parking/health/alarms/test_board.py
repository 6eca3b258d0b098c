"""Nothing is lost: what is wrong is listed, shelved, out of service, under a named cause, or still within its delay."""

from __future__ import annotations

import random

import pytest

from parking.decisions.model import Decision
from parking.health.alarms.acts import Acknowledge, InvalidActError, Own, PutInService, Shelve, TakeOutOfService
from parking.health.alarms.board import AlarmBoard, arrange
from parking.health.alarms.finding import list_unseen
from parking.health.alarms.handling import ShelfReason
from parking.health.alarms.judge import judge
from parking.health.alarms.kinds import RULES, TroubleKind, Urgency
from parking.health.alarms.model import AlarmCondition, AlarmState, AlarmWord, DeskAlarm, Phase
from parking.health.alarms.recorded import fold_alarms, handle, word_to_decision
from parking.health.alarms.sight import Component, RefusedWord, RejectsSeen
from parking.signs.status import SignState
from parking.words import Fault, Problem, RejectReason
from tests.parking.health.alarms.city import City
from tests.support import TENANT, at


def alarm(
    cause: str, kind: TroubleKind = TroubleKind.NUMBER_UNKNOWN, under: str | None = None, **more: float
) -> DeskAlarm:
    condition = AlarmCondition(
        kind=kind, cause=cause, name=cause, spaces=int(more.get("spaces", 10)),
        certainty=more.get("certainty", 1.0), under=under,
    )  # fmt: skip
    return DeskAlarm(word=AlarmWord(condition=condition, phase=Phase.ACTIVE, phase_since=at(0), raised_at=at(0)))


def test_the_worst_comes_first_by_people_times_certainty_and_standing_lines_last() -> None:
    line = alarm("city", TroubleKind.NEVER_OBSERVED, spaces=9_000)
    sure, unsure, small = alarm("a", spaces=300), alarm("b", spaces=500, certainty=0.5), alarm("c", spaces=40)
    board = arrange([small, line, unsure, sure], at(1))
    assert [one.word.condition.cause for one in board.listed] == ["a", "b", "c", "city"]
    assert board.count(AlarmState.UNACKNOWLEDGED, at(1)) == 4
    assert line.urgency is Urgency.STANDING


def test_what_a_standing_cause_explains_is_beneath_it_and_listed_once_that_is_over() -> None:
    cause = alarm("feed:nantes", TroubleKind.FEED_SILENT)
    below = alarm("place:P1", under=cause.id)
    board = arrange([cause, below], at(1))
    assert (board.listed, board.beneath) == ((cause,), {cause.id: (below,)})
    assert arrange([below], at(1)).listed == (below,), "its cause is no alarm"


class Night:
    """A watcher that may die at any moment, and people who say what comes to their minds; all of it recorded."""

    def __init__(self, seed: int, *, dies: bool) -> None:
        self.chance, self.city, self.dies = random.Random(seed), City(size=12, streets=2), dies
        self.record: list[Decision] = []
        self.known: dict[str, AlarmWord] = {}
        self.away: dict[str, int] = {}

    def minute(self, now: int) -> list[AlarmCondition]:
        """One look; what has gone wrong and what is well again by chance."""
        self._trouble(now)
        sight = self.city.sight(at(now))
        conditions = self.city.find(at(now))
        if self.dies and now % 7 == 0:  # what it remembered is gone; what it recorded is not
            self.known = {id_: one.word for id_, one in fold_alarms(self.record).items()}
        for word in judge(self.known, conditions, at(now), list_unseen(sight)):
            self.known[word.id] = word
            self.record.append(word_to_decision(TENANT, word, at(now)))
        return conditions

    def _trouble(self, now: int) -> None:
        chance, city = self.chance, self.city
        for name in [*city.places, "nantes", "lora", *city.signs]:
            if name not in self.away and chance.random() < 0.004:
                self.away[name] = now + chance.choice([3, 20, 90])
            elif now >= self.away.get(name, 10**9):
                del self.away[name]
        city.all_well(at(now), *self.away)
        city.hidden = {"availabilities"} if chance.random() < 0.02 else set()
        city.probes = City(1, 0).probes
        if 200 < now < 215:
            city.fell(Component.WORKER, at(200))
        city.findings = {}
        if now % 50 > 20:
            city.doubt("P3", Problem.COUNTER_DRIFT, at(now))

    def say(self, now: int) -> None:
        """Somebody says something to an alarm, or is refused."""
        for one in fold_alarms(self.record).values():
            if self.chance.random() < 0.02:
                until, reason = at(now + self.chance.choice([5, 60])), ShelfReason.KNOWN
                act = self.chance.choice(
                    [Acknowledge(), Shelve(until=until, reason=reason), Own(owner="Anne"), PutInService(),
                     TakeOutOfService(until=until, reason=reason)]
                )  # fmt: skip
                try:
                    self.record.append(handle(one, act, "Anne", at(now), TENANT))
                except InvalidActError:
                    continue


def where(board: AlarmBoard, id_: str) -> list[str]:
    beneath = [one for below in board.beneath.values() for one in below]
    groups = {"listed": board.listed, "shelved": board.shelved, "out": board.out_of_service, "beneath": beneath}
    return [name for name, group in groups.items() if id_ in {one.id for one in group}]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_ever_lost(seed: int) -> None:
    night = Night(seed, dies=True)
    for now in range(300):
        conditions = {one.id: one for one in night.minute(now)}
        if now % 5 == 0:
            night.say(now)
        alarms = fold_alarms(night.record)
        board = arrange(alarms.values(), at(now))
        for id_, condition in conditions.items():
            word = night.known.get(id_)
            if condition.under in conditions:
                assert id_ in night.known[condition.under].beneath, "suppressed under a named cause"
            elif word is not None and word.is_standing:
                assert len(where(board, id_)) == 1
            else:
                assert word is not None
                assert word.phase is Phase.PENDING
                assert at(now) - word.phase_since < RULES[condition.kind].on


@pytest.mark.parametrize("seed", range(3))
def test_a_watcher_that_dies_makes_the_same_alarms_as_one_that_does_not(seed: int) -> None:
    nights = [Night(seed, dies=dies) for dies in (False, True)]
    for now in range(300):
        for night in nights:
            night.minute(now)
    assert nights[0].record == nights[1].record
    shuffled = random.Random(seed).sample(nights[0].record, k=len(nights[0].record)) * 2
    assert fold_alarms(shuffled) == fold_alarms(nights[0].record), "two operators see the same"


def test_a_storm_of_every_kind_is_a_handful_of_alarms() -> None:
    city, known = City(size=60), dict[str, AlarmWord]()
    for now in range(60):
        city.all_well(at(now), "nantes" if now > 5 else "")
        if now > 10:
            city.show("A3", at(now), SignState.WRONG)
            city.lose("P0", at(now), Fault.UNUSABLE)
            city.refused["P0"] = RefusedWord(reason=RejectReason.WRONG_TYPE, at=at(now), source="lanes")
            city.rejects["lanes"] = RejectsSeen(source="lanes", recent=400, usual=1, since=at(10))
        known |= {word.id: word for word in judge(known, city.find(at(now)), at(now))}
    board = arrange([DeskAlarm(word=word) for word in known.values()], at(60))
    assert [one.word.condition.kind.value for one in board.listed] == ["feed_silent", "sign_wrong", "rejects_jump"]
