"""What stood published when, against a second look at every single minute."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from parking.published.availability import Availability, Change
from parking.published.freshness import as_of
from parking.published.timeline import Published, list_spans
from tests.support import NOON, TENANT, at


def said(minute: int | None, revision: int, vacant: int | None, holds: int = 15, logged: int = 0) -> Published:
    limit = None if minute is None else at(minute + holds)
    availability = Availability(vacant=vacant, valid_until=limit, revision=(1, revision))
    concluded = None if minute is None else at(minute)
    return Published(Change(TENANT, "p1", availability, concluded), at(logged), 0, revision)


changes = st.lists(
    st.tuples(st.none() | st.integers(-30, 70), st.integers(0, 9), st.integers(0, 20), st.integers(-30, 70)), max_size=9
).map(lambda rows: [said(minute, n, n, holds, logged) for n, (minute, _, holds, logged) in enumerate(rows)])


@given(changes)
def test_at_every_minute_the_greatest_revision_published_by_then_stands_until_it_expires(log: list[Published]) -> None:
    spans = list_spans(log, at(0), at(60))
    assert [span.start for span in spans[1:]] == [span.end for span in spans[:-1]], "no hole, no overlap"
    assert (spans[0].start, spans[-1].end) == (at(0), at(60))
    for minute in range(60):
        [span] = [span for span in spans if span.start <= at(minute) < span.end]
        standing = max((one for one in log if one.at <= at(minute)), key=lambda one: one.revision, default=None)
        expected = as_of(standing.change.availability, at(minute)) if standing else None
        assert span.availability == expected


def test_a_number_that_expires_is_unknown_until_the_next_one() -> None:
    spans = list_spans([said(0, 0, 5), said(30, 1, 7)], NOON, at(40))
    assert [(span.start, span.vacant) for span in spans] == [(NOON, 5), (at(15), None), (at(30), 7)]


def test_before_the_first_word_there_is_none() -> None:
    [before, after] = list_spans([said(10, 0, 5)], NOON, at(20))
    assert (before.availability, after.vacant) == (None, 5)


def test_without_a_clock_the_log_says_when() -> None:
    assert said(None, 0, 5, logged=7).at == NOON + timedelta(minutes=7)
