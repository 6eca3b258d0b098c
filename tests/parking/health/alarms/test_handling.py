"""What people say to an alarm: nothing of it is lost, whatever the order; what cannot be is refused in a sentence."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest

from parking.decisions.model import Decision, decide
from parking.health.alarms.acts import (
    Acknowledge,
    AddNote,
    AlarmAct,
    InvalidActError,
    Own,
    PutInService,
    Shelve,
    TakeOutOfService,
    Unshelve,
)
from parking.health.alarms.handling import ShelfReason
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition, AlarmState, AlarmWord, DeskAlarm, Phase
from parking.health.alarms.recorded import ALARM_RULE, fold_alarms, handle, word_from_decision, word_to_decision
from tests.support import TENANT, at

CONDITION = AlarmCondition(kind=TroubleKind.COUNTER_DRIFT, cause="place:P1", name="P1", places=("P1",), spaces=100)
RAISED = AlarmWord(condition=CONDITION, phase=Phase.ACTIVE, phase_since=at(0), raised_at=at(0), raised=(at(0),))
ALARM = DeskAlarm(word=RAISED)
WORKS = ShelfReason.WORKS


def shelve(minutes: float) -> Shelve:
    return Shelve(until=at(minutes), reason=WORKS, note="travaux rue Crébillon")


class Desk:
    """People who read the whole record and write into it."""

    def __init__(self, word: AlarmWord = RAISED) -> None:
        self.record: list[Decision] = [word_to_decision(TENANT, word, at(0))]

    @property
    def alarm(self) -> DeskAlarm:
        return fold_alarms(self.record)[CONDITION.id]

    def say(self, act: AlarmAct, minutes: float, who: str = "Anne") -> None:
        self.record.append(handle(self.alarm, act, who, at(minutes), TENANT))

    def state(self, minutes: float) -> AlarmState:
        return self.alarm.state(at(minutes))


def test_acknowledged_it_stays_so_until_it_is_raised_again() -> None:
    desk = Desk()
    assert desk.state(1) is AlarmState.UNACKNOWLEDGED
    desk.say(Acknowledge(), 2)
    assert desk.state(3) is AlarmState.ACKNOWLEDGED
    gone = msgspec.structs.replace(RAISED, phase=Phase.RETURNED, returned_at=at(5), number=2)
    desk.record.append(word_to_decision(TENANT, gone, at(10)))
    assert desk.state(11) is AlarmState.NORMAL
    again = msgspec.structs.replace(RAISED, raised_at=at(20), number=3)
    desk.record.append(word_to_decision(TENANT, again, at(20)))
    assert desk.state(21) is AlarmState.UNACKNOWLEDGED


def test_what_returned_before_anybody_saw_it_waits_to_be_seen() -> None:
    desk = Desk(msgspec.structs.replace(RAISED, phase=Phase.RETURNED, returned_at=at(5)))
    assert desk.state(6) is AlarmState.RETURNED_UNACKNOWLEDGED
    desk.say(Acknowledge(), 7)
    assert desk.state(8) is AlarmState.NORMAL


def test_shelved_it_comes_back_by_itself_when_its_time_is_up() -> None:
    desk = Desk()
    desk.say(shelve(60), 1)
    assert desk.state(59.9) is AlarmState.SHELVED
    assert desk.state(60) is AlarmState.UNACKNOWLEDGED
    desk.say(shelve(120), 61)
    desk.say(Unshelve(), 70)
    assert desk.state(71) is AlarmState.UNACKNOWLEDGED


def test_out_of_service_it_is_so_by_design_and_for_a_time() -> None:
    desk = Desk()
    day = 24 * 60
    desk.say(TakeOutOfService(until=at(30 * day), reason=ShelfReason.BY_DESIGN), 1)
    assert (desk.state(29 * day), desk.state(30 * day)) == (AlarmState.OUT_OF_SERVICE, AlarmState.UNACKNOWLEDGED)
    desk.say(PutInService(), 5)
    assert desk.state(6) is AlarmState.UNACKNOWLEDGED


def test_it_has_an_owner_who_can_hand_it_over_and_notes_that_stay() -> None:
    desk = Desk()
    desk.say(Own(owner="Anne"), 1)
    desk.say(AddNote(text="appelé Effia, rappelle à 9 h"), 2)
    desk.say(Own(owner="Karim"), 3)
    assert desk.alarm.handling.owner == "Karim"
    desk.say(Own(owner=""), 4, who="Karim")
    assert desk.alarm.handling.owner is None
    assert [note.text for note in desk.alarm.handling.notes] == ["appelé Effia, rappelle à 9 h"]


def test_two_who_speak_at_once_lose_nothing() -> None:
    desk = Desk()
    seen = desk.alarm
    desk.record += [
        handle(seen, Acknowledge(), "Anne", at(1), TENANT),
        handle(seen, AddNote(text="vu sur place"), "Karim", at(1), TENANT),
        handle(seen, shelve(30), "Lou", at(1), TENANT),
    ]
    assert desk.alarm.is_acknowledged
    assert desk.state(2) is AlarmState.SHELVED
    assert len(desk.alarm.handling.notes) == 1


def test_any_order_and_repetition_of_the_record_says_the_same() -> None:
    desk, chance = Desk(), random.Random(7)
    acts: list[AlarmAct] = [Own(owner="Anne"), AddNote(text="a"), AddNote(text="b"), Own(owner="Lou"), Own(owner="")]
    for minutes in range(1, 60):
        act = chance.choice([*acts, shelve(minutes + 10), TakeOutOfService(until=at(minutes + 5), reason=WORKS)])
        desk.say(act, minutes, chance.choice(["Anne", "Karim", "Lou"]))
    whole = desk.alarm
    for _ in range(50):
        shuffled = [*desk.record, *chance.choices(desk.record, k=9)]
        chance.shuffle(shuffled)
        assert fold_alarms(shuffled)[CONDITION.id] == whole
    newest = [desk.record[0], desk.record[-1]]
    assert fold_alarms(newest)[CONDITION.id] == whole, "the newest of each subject is enough"


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (shelve(0), "for a minute at least"),
        (shelve(8 * 24 * 60), "at the latest"),
        (TakeOutOfService(until=at(93 * 24 * 60), reason=WORKS), "at the latest"),
        (Unshelve(), "not shelved"),
        (PutInService(), "not out of service"),
        (AddNote(text="  "), "1 to 400 characters"),
        (AddNote(text="x" * 401), "1 to 400 characters"),
        (AddNote(text="a\x1b[31mb"), "cannot be printed"),
        (AddNote(text="a\u202eb"), "cannot be printed"),
        (Own(owner="\n"), "1 to 120 characters"),
    ],
)
def test_what_cannot_be_said_is_refused_in_a_sentence(act: AlarmAct, said: str) -> None:
    with pytest.raises(InvalidActError, match=said):
        handle(ALARM, act, "Anne", at(1), TENANT)


def test_who_acknowledges_second_sees_the_first_and_what_is_not_raised_cannot_be() -> None:
    desk = Desk()
    desk.say(Acknowledge(), 1)
    with pytest.raises(InvalidActError, match="acknowledged by Anne at 2026-05-04T12:01:00Z"):
        desk.say(Acknowledge(), 2, "Karim")
    quiet = DeskAlarm(word=AlarmWord(condition=CONDITION, phase=Phase.PENDING, phase_since=at(0)))
    for act in (Acknowledge(), shelve(60)):
        with pytest.raises(InvalidActError, match="not raised"):
            handle(quiet, act, "Anne", at(1), TENANT)


def test_an_author_is_needed() -> None:
    with pytest.raises(InvalidActError, match="the author"):
        handle(ALARM, Acknowledge(), " ", at(1), TENANT)


def test_a_word_survives_the_record_and_nonsense_is_none() -> None:
    word = msgspec.structs.replace(RAISED, beneath=("a", "b"), turns=3)
    decision = word_to_decision(TENANT, word, at(3), fence=4)
    assert word_from_decision(decision) == word
    assert decision.subject == f"alarm:{word.id}"
    for output in ({}, {"word": 3}, {"word": {"phase": "active"}}):
        other = decide(TENANT, decision.subject, ALARM_RULE, (), output, at(3), at(3), reason="nonsense")
        assert word_from_decision(other) is None
        assert fold_alarms([other]) == {}


def test_a_wider_clock_needs_utc() -> None:
    with pytest.raises(ValueError, match="UTC"):
        handle(ALARM, Acknowledge(), "Anne", at(1).replace(tzinfo=None) + timedelta(0), TENANT)
