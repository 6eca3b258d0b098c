"""Who is told when: once, once more when nobody answers, at the right hours, and when it is over; never twice."""

from __future__ import annotations

import random
from datetime import UTC, time
from zoneinfo import ZoneInfo

import msgspec
import pytest

from parking.health.alarms.acts import Acknowledge, Shelve, say_to
from parking.health.alarms.handling import ShelfReason
from parking.health.alarms.kinds import TroubleKind, Urgency
from parking.health.alarms.model import AlarmCondition, AlarmWord, DeskAlarm, Phase
from parking.health.alarms.notices import Notice, NoticeKind, NoticeRoute, SentNotice, due_notices, may_reassure
from parking.health.alarms.recorded import fold_sent, notice_to_decisions
from tests.support import TENANT, at

K = TroubleKind
CHAT = NoticeRoute(name="chat")
PHONE = NoticeRoute(name="phone", urgencies=frozenset({Urgency.NOW}), after_min=15, repeat_min=10, repeats=1)


def alarm(cause: str = "feed:nantes", kind: TroubleKind = K.FEED_SILENT, raised: float = 0) -> DeskAlarm:
    condition = AlarmCondition(kind=kind, cause=cause, name=cause, spaces=100)
    word = AlarmWord(condition=condition, phase=Phase.ACTIVE, phase_since=at(raised), raised_at=at(raised))
    return DeskAlarm(word=word)


def over(one: DeskAlarm, minutes: float) -> DeskAlarm:
    gone = msgspec.structs.replace(one.word, phase=Phase.RETURNED, returned_at=at(minutes), number=2)
    return msgspec.structs.replace(one, word=gone)


class Post:
    """Sends what is due, and remembers what it sent."""

    def __init__(self, *routes: NoticeRoute) -> None:
        self.routes = routes
        self.sent: dict[tuple[str, str], SentNotice] = {}
        self.log: list[tuple[float, str, str, int]] = []

    def look(self, minutes: float, *alarms: DeskAlarm) -> list[Notice]:
        due = due_notices(alarms, self.routes, self.sent, at(minutes), UTC)
        for notice in due:
            self.sent |= {(one.alarm, one.route): one for one in notice.sent}
            self.log.append((minutes, notice.route, notice.kind.value, len(notice.alarms)))
        return due


def test_it_is_told_at_once_and_once_and_again_a_few_times_and_when_it_is_over() -> None:
    post, one = Post(CHAT), alarm()
    for minutes in range(200):
        post.look(minutes, one)
    for minutes in range(200, 210):
        post.look(minutes, over(one, 195))
    assert post.log == [
        (0, "chat", "raised", 1), (30, "chat", "repeated", 1), (60, "chat", "repeated", 1),
        (200, "chat", "resolved", 1),
    ]  # fmt: skip


def test_nobody_who_answers_is_called() -> None:
    post, one = Post(CHAT, PHONE), alarm()
    for minutes in range(40):
        post.look(minutes, one)
    assert [entry for entry in post.log if entry[1] == "phone"] == [
        (15, "phone", "escalated", 1), (25, "phone", "repeated", 1),
    ]  # fmt: skip
    post = Post(CHAT, PHONE)
    post.look(0, one)
    seen = msgspec.structs.replace(one, handling=say_to(one, Acknowledge(), "Anne", at(5)))
    for minutes in range(5, 200):
        post.look(minutes, seen)
    assert len(post.log) == 1


def test_what_nobody_was_told_of_is_not_told_to_be_over() -> None:
    post, one = Post(PHONE), alarm()
    post.look(3, one)
    post.look(9, over(one, 8))
    assert post.log == []


def test_raised_again_it_is_told_again() -> None:
    post, one = Post(CHAT), alarm()
    post.look(0, one)
    post.look(20, over(one, 18))
    post.look(60, alarm(raised=60))
    assert [entry[2] for entry in post.log] == ["raised", "resolved", "raised"]


def test_of_what_is_shelved_or_explained_nobody_is_told_until_it_counts() -> None:
    one = alarm()
    shelf = Shelve(until=at(60), reason=ShelfReason.WORKS)
    shelved = msgspec.structs.replace(one, handling=say_to(one, shelf, "Anne", at(0)))
    post = Post(CHAT)
    assert post.look(30, shelved) == []
    assert [notice.kind for notice in post.look(60, shelved)] == [NoticeKind.RAISED]
    below = alarm("place:P1", K.NUMBER_UNKNOWN)
    under = msgspec.structs.replace(below.word.condition, under=one.id)
    below = msgspec.structs.replace(below, word=msgspec.structs.replace(below.word, condition=under))
    assert [notice.alarms for notice in Post(CHAT).look(1, one, below)] == [(one,)]
    assert len(Post(CHAT).look(1, below)) == 1


def test_many_at_once_are_one_notice_the_worst_first() -> None:
    many = [alarm(f"place:P{number}", K.NUMBER_UNKNOWN) for number in range(12)]
    (notice,) = Post(CHAT).look(0, *many, alarm())
    assert notice.is_digest
    assert len(notice.alarms) == len(notice.sent) == 13
    assert len(Post(CHAT).look(0, *many[:2])) == 2


def test_a_route_is_not_flooded_but_what_cannot_wait_goes() -> None:
    post = Post(CHAT)
    alarms = []
    for minutes in range(30):
        alarms.append(alarm(f"place:P{minutes}", K.NUMBER_UNKNOWN, raised=minutes))
        post.look(minutes, *alarms)
    assert len(post.log) <= 3 * CHAT.most + 3
    assert {(one.alarm) for one in post.sent.values()} >= {one.id for one in alarms[:20]}, "they wait, none is lost"
    assert len(post.look(30, *alarms, alarm(raised=30))) >= 1
    assert (alarm().id, "chat") in post.sent


@pytest.mark.parametrize(
    ("hour", "kind", "told"),
    [
        (9, K.NUMBER_UNKNOWN, True),
        (23, K.NUMBER_UNKNOWN, False),
        (23, K.FEED_SILENT, True),
        (3, K.COUNTER_DRIFT, False),
    ],
)
def test_quiet_hours_are_the_citys_and_only_what_is_for_now_wakes(hour: int, kind: TroubleKind, *, told: bool) -> None:
    day = NoticeRoute(name="mail", since=time(7), until=time(20))
    paris = ZoneInfo("Europe/Paris")
    now = at(0).astimezone(paris).replace(hour=hour).astimezone(UTC)
    one = msgspec.structs.replace(alarm(kind=kind).word, raised_at=now)
    assert bool(due_notices([DeskAlarm(word=one)], [day], {}, now, paris)) is told
    night = msgspec.structs.replace(day, since=time(20), until=time(7))
    assert bool(due_notices([DeskAlarm(word=one)], [night], {}, now, paris)) is (not told or kind is K.FEED_SILENT)
    asleep = msgspec.structs.replace(day, wakes=False)
    assert bool(due_notices([DeskAlarm(word=one)], [asleep], {}, now, paris)) is (hour == 9)


def test_kinds_and_urgencies_choose_the_route_and_standing_lines_are_told_to_nobody_by_default() -> None:
    only = NoticeRoute(name="signs", kinds=frozenset({K.SIGN_WRONG}))
    assert Post(only).look(0, alarm()) == []
    assert len(Post(only).look(0, alarm("sign:A1", K.SIGN_WRONG))) == 1
    assert Post(CHAT).look(0, alarm("city", K.SENSORS_TO_VISIT)) == []


def test_a_restart_at_any_moment_tells_nobody_twice() -> None:
    for seed in range(20):
        chance, record, log = random.Random(seed), [], []
        one, other = alarm(), alarm("place:P1", K.NUMBER_UNKNOWN, raised=7)
        for minutes in range(0, 120, 3):
            chance.shuffle(record)
            for notice in due_notices([one, other], [CHAT, PHONE], fold_sent(record), at(minutes), UTC):
                record += notice_to_decisions(TENANT, notice, at(minutes))
                record += chance.choices(record, k=2)
                log += [(notice.route, notice.kind, alarm.id) for alarm in notice.alarms]
        assert len(log) == 2 * 3 + 2, log


def test_the_dead_mans_switch_rests_on_looking_recording_and_sending() -> None:
    assert may_reassure(at(10), at(9), None, None)
    assert not may_reassure(at(10), None, None, None)
    assert not may_reassure(at(10), at(7), None, None)
    assert not may_reassure(at(10), at(9), at(5), None)
    assert may_reassure(at(10), at(9), None, at(0))
    assert not may_reassure(at(20), at(19), None, at(0))
