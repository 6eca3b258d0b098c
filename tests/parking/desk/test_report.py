"""The month's sums: each moment once, nothing missing is zero, alarms count in whatever order they are read."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from parking.decisions.model import Decision, decide
from parking.desk.curve import TimeKind, sort_time
from parking.desk.report import PlaceMonth, ReportWindow, sum_alarms, sum_places, sum_spans
from parking.health.alarms.handling import Acknowledged, Handling
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition, AlarmWord, Phase
from parking.health.alarms.recorded import HANDLING_RULE, handling_subject, word_to_decision
from parking.published.availability import Availability
from parking.published.timeline import Span
from parking.signs.wrong import NO_TIME
from parking.words import Basis, Fault, FillLevel, Opening
from tests.support import TENANT, at

SAID = [
    None,
    Availability(vacant=3, basis=Basis.COUNTED),
    Availability(vacant=3, basis=Basis.EXPECTED),
    Availability(level=FillLevel.FULL),
    Availability(opening=Opening.CLOSED),
    Availability(faults=(Fault.DEVICE_FAULT,)),
    Availability(vacant=3, observed_at=at(-9), valid_until=at(-1)),
]
spans = st.lists(st.tuples(st.integers(0, 99), st.sampled_from(SAID)), max_size=12).map(
    lambda rows: [
        Span(at(sum(length for length, _ in rows[:n])), at(sum(length for length, _ in rows[: n + 1])), said)
        for n, (length, said) in enumerate(rows)
    ]
)


@given(spans)
def test_all_of_the_time_is_there_once_by_kind_and_by_cause(stood: list[Span]) -> None:
    month = sum_spans(stood, 4)
    assert month.total == sum((span.end - span.start for span in stood), NO_TIME)
    assert sum(month.unknown.values(), NO_TIME) == month.spent.get(TimeKind.UNKNOWN, NO_TIME)
    for kind in TimeKind:
        length = sum((span.end - span.start for span in stood if sort_time(span)[0] is kind), NO_TIME)
        assert month.spent.get(kind, NO_TIME) == length
    known, unknown = month.share_known, month.share(TimeKind.UNKNOWN)
    assert (known is None) is (unknown is None) is (month.total == NO_TIME), "no time has no share, not none of it"
    assert known is None or unknown is None or abs(known + unknown - 1) < 1e-9


@given(spans, spans, st.integers(0, 12))
def test_days_and_places_add_up_in_any_order(one: list[Span], other: list[Span], cut: int) -> None:
    whole, parts = sum_spans(one), [sum_spans(one[:cut]), sum_spans(one[cut:])]
    assert dict(sum_places(parts).spent) == dict(sum_places([whole]).spent)
    assert sum_places([sum_spans(one, 1), sum_spans(other, 2)]) == sum_places([sum_spans(other, 2), sum_spans(one, 1)])
    assert sum_places([]) == PlaceMonth()


WINDOW = ReportWindow(at(0), at(600), at(0), at(100))
CONDITION = AlarmCondition(kind=next(iter(TroubleKind)), cause="feed:x", name="x")


def raised(minute: int, number: int, cause: str = "feed:x") -> Decision:
    condition = msgspec.structs.replace(CONDITION, cause=cause)
    word = AlarmWord(
        condition=condition, phase=Phase.ACTIVE, phase_since=at(minute), number=number, raised_at=at(minute)
    )
    return word_to_decision(TENANT, word, at(minute))


def seen(raised_at: int, minute: int, cause: str = "feed:x") -> Decision:
    said = Acknowledged(at=at(minute), author="Ada", raised_at=at(raised_at))
    alarm = msgspec.structs.replace(CONDITION, cause=cause).id
    output = {"handling": msgspec.to_builtins(Handling(acknowledged=said))}
    return decide(TENANT, handling_subject(alarm), HANDLING_RULE, (), output, at(minute), at(minute), reason="seen")


@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_alarms_are_counted_once_however_often_they_are_said_and_read(chance: random.Random, times: int) -> None:
    record = [
        raised(0, 1), raised(0, 2), seen(0, 4), seen(0, 9), raised(50, 3), raised(55, 1, "feed:y"),
        raised(59, 1, "feed:z"), seen(59, 79, "feed:z"), raised(101, 4), raised(-1, 1, "feed:w"),
    ] * times  # fmt: skip
    chance.shuffle(record)
    found = sum_alarms(record, WINDOW)
    assert (found.measures.raised, found.acknowledged, found.measures.peak) == (4, 2, 3)
    assert found.measures.per_ten_minutes == 0.4
    assert (found.median_delay, found.slowest_tenth) == (timedelta(minutes=4), timedelta(minutes=20))
    assert list(found.by_kind.values()) == [4]


def test_without_alarms_there_is_no_delay() -> None:
    found = sum_alarms([], WINDOW)
    assert (found.measures.raised, found.median_delay, found.slowest_tenth) == (0, None, None)
