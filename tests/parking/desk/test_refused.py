"""What is kept of the last day's rejects, whatever a source sends."""

from __future__ import annotations

from datetime import timedelta

from parking.desk.refused import (
    DAY_MINUTES,
    MAX_EXAMPLE_BYTES,
    MAX_EXAMPLES,
    MAX_KINDS,
    MINUTE_MS,
    OTHERS,
    RefusedDay,
    RefusedKind,
)
from parking.rejects import Redriven, Reject, make_reject
from parking.words import RejectReason
from tests.support import NOON, TENANT

NOON_MS = int(NOON.timestamp() * 1000)


def refused(raw: bytes = b"{}", source: str = "src", found_at: tuple[int, int] | None = None) -> Reject:
    return make_reject(TENANT, source, RejectReason.BAD_TIME, "no time", raw, NOON, found_at=found_at)


def test_each_kind_is_counted_by_the_minute_of_the_log() -> None:
    day = RefusedDay(TENANT)
    for second in (0, 10, 70):
        day.take(refused(), NOON_MS + second * 1000)
    day.take(refused(source="other"), NOON_MS)
    assert [(group.kind.source, group.count) for group in day.groups()] == [("src", 3), ("other", 1)]
    assert sorted(day.by_minute("src").values()) == [1, 2]
    (example,) = day.groups()[0].examples.values()
    assert (example.times, example.logged_ms) == (3, NOON_MS + 70_000)


def test_what_a_worker_says_again_after_a_crash_happened_once() -> None:
    day = RefusedDay(TENANT)
    for _ in range(2):
        day.take(refused(found_at=(1, 7)), NOON_MS)
    day.take(refused(found_at=(1, 8)), NOON_MS)
    assert day.groups()[0].count == 2


def test_another_citys_rejects_are_none_of_ours() -> None:
    day = RefusedDay("elsewhere")
    day.take(refused(), NOON_MS)
    assert not day.groups()


def test_a_day_later_it_is_forgotten() -> None:
    day = RefusedDay(TENANT)
    day.take(refused(), NOON_MS)
    later = NOON_MS + (DAY_MINUTES - 1) * MINUTE_MS
    day.take(refused(b"2"), later)
    day.forget(later)
    assert day.groups()[0].count == 2
    day.forget(NOON_MS + DAY_MINUTES * MINUTE_MS)
    assert day.groups()[0].count == 1
    day.forget(NOON_MS + 3 * DAY_MINUTES * MINUTE_MS)
    assert not day.groups()
    assert not day.sources


def test_a_note_closes_what_was_logged_before_it_and_nothing_that_comes_after() -> None:
    day = RefusedDay(TENANT)
    reject = refused()
    day.take(reject, NOON_MS)
    day.note(Redriven(redriven=reject.reject_id, up_to_ms=NOON_MS))
    (example,) = day.groups()[0].examples.values()
    assert not example.is_open
    day.take(reject, NOON_MS + 1)
    assert example.is_open


def test_whatever_is_sent_little_is_kept() -> None:
    day = RefusedDay(TENANT)
    for number in range(MAX_EXAMPLES + 5):
        day.take(refused(b"%d" % number + b"x" * 100_000), NOON_MS)
    for number in range(MAX_KINDS + 50):
        day.take(refused(source=f"s{number}"), NOON_MS)
    groups = day.groups()
    assert len(groups) <= MAX_KINDS + len(RejectReason)
    of_source = next(group for group in groups if group.kind.source == "src")
    assert (len(of_source.examples), of_source.count) == (MAX_EXAMPLES, MAX_EXAMPLES + 5)
    assert all(len(each.reject.raw) <= MAX_EXAMPLE_BYTES for each in of_source.examples.values())
    assert all(each.reject.raw_length > 100_000 for each in of_source.examples.values())
    others = day.groups(lambda kind: kind == RefusedKind(OTHERS, RejectReason.BAD_TIME))
    assert sum(group.count for group in groups) == MAX_EXAMPLES + 5 + MAX_KINDS + 50
    assert others[0].count > 0


def test_the_last_word_of_each_device_is_remembered_beyond_the_examples() -> None:
    day = RefusedDay(TENANT)
    for number in range(MAX_EXAMPLES + 30):
        reject = make_reject(TENANT, "src", RejectReason.LATE, "late", b"%d" % number, NOON, device_id=f"d{number}")
        day.take(reject, NOON_MS + number)
    day.take(refused(), NOON_MS + 1_000)
    assert len(day.latest()) == MAX_EXAMPLES + 31
    assert all(reject.raw == b"" for reject, _ in day.latest())
    day.forget(NOON_MS + 2 * DAY_MINUTES * MINUTE_MS)
    assert day.latest() == []


def test_a_late_reader_counts_as_an_early_one_does() -> None:
    early, late = RefusedDay(TENANT), RefusedDay(TENANT)
    said = [(refused(b"%d" % number), NOON_MS + number * 11_000) for number in range(30)]
    for reject, logged_ms in said:
        early.take(reject, logged_ms)
        early.forget(logged_ms)
    for reject, logged_ms in said:
        late.take(reject, logged_ms)
    late.forget(said[-1][1])
    assert early.by_minute("src") == late.by_minute("src")
    assert timedelta(milliseconds=said[-1][1] - NOON_MS) < timedelta(days=1)
