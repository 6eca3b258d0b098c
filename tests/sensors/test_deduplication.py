"""Which uplink is news, and how many were lost before it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.intake.deduplication import MAX_GAP, RECENT, Deduplicator, Verdict
from sensors.uplink import Uplink
from tests.support import NOON, TENANT

EUI = "0102030405060708"


def uplink(f_cnt: int, name: str = "", payload: bytes = b"\x01", eui: str = EUI) -> Uplink:
    return Uplink(eui, 1, f_cnt, payload, NOON, name)


def hear(known: Deduplicator, one: Uplink, seconds: float = 0, tenant: str = TENANT) -> Verdict:
    now = NOON + timedelta(seconds=seconds)
    verdict = known.judge(tenant, one, now)
    if verdict.is_new:
        known.remember(tenant, one, now)
    return verdict


def counted(*steps: int) -> list[int]:
    """What is told missing along a run of counters, a minute apart."""
    known = Deduplicator()
    return [hear(known, uplink(n, f"{i}"), 60 * i).missed for i, n in enumerate(steps)]


def test_the_same_uplink_over_other_gateways_is_news_once() -> None:
    known = Deduplicator()
    assert [hear(known, uplink(7, "a")).is_new for _ in range(3)] == [True, False, False]


def test_a_redelivery_hours_later_is_known_by_its_id() -> None:
    known = Deduplicator()
    hear(known, uplink(7, "a"))
    assert not hear(known, uplink(7, "a"), 7200).is_new


def test_the_same_count_and_payload_under_another_id_is_news() -> None:
    """A device that does not keep its count says the same with the same number, and means it."""
    known = Deduplicator()
    assert [hear(known, uplink(7, name), n).is_new for n, name in enumerate("abab")] == [True, True, False, False]


def test_without_an_id_the_networks_time_tells_and_without_that_only_how_soon_it_comes() -> None:
    known, later = Deduplicator(), NOON + timedelta(seconds=3)
    assert hear(known, uplink(7)).is_new
    assert not hear(known, uplink(7), 7200).is_new, "sent again, with the time at which it was heard"
    assert hear(known, uplink(7)._replace(heard_at=later), 3).is_new
    assert not hear(known, uplink(7, "an id")._replace(heard_at=later), 3).is_new, "one network told its id and one not"
    timeless = uplink(7, payload=b"\x02")._replace(heard_at=None)
    assert [hear(known, timeless, seconds).is_new for seconds in (4, 5, 34, 35)] == [True, False, False, True]


def test_messages_without_an_id_are_not_all_the_same() -> None:
    known = Deduplicator()
    hear(known, uplink(7, "", b"\x01"))
    assert hear(known, uplink(7, "", b"\x02")).is_new


def test_a_gap_tells_how_many_were_lost() -> None:
    assert counted(10, 11, 15, 16) == [0, 0, 3, 0]


@pytest.mark.parametrize(
    "steps",
    [(5000, 0, 1), (5000, 3, 4), (0, 0, 1), (2**16 - 1, 0, 1), (2**16 - 2, 1), (2**32 - 1, 0, 1), (1, MAX_GAP + 2)],
    ids=["reset", "reset to 3", "reset to the same", "16 bits", "16 bits lossy", "32 bits", "another counter"],
)
def test_nothing_is_missing_across_a_reset_or_a_rollover(steps: tuple[int, ...]) -> None:
    assert sum(counted(*steps)) == 0


def test_losses_after_a_reset_are_told_again() -> None:
    assert counted(5000, 0, 3) == [0, 0, 2]


def test_who_hears_only_some_uplinks_tells_no_losses() -> None:
    known = Deduplicator(tells_losses=False)
    assert [hear(known, uplink(n, str(n))) for n in (1, 5, 5, 9)] == [(True, 0), (True, 0), (False, 0), (True, 0)]


def test_a_rejoin_begins_a_new_count_even_where_it_looks_like_a_gap() -> None:
    known = Deduplicator()
    hear(known, uplink(1, "a"))
    known.rejoined(TENANT, EUI)
    known.rejoined(TENANT, "never heard")
    assert hear(known, uplink(9, "b"), 60) == Verdict(True, 0)


def test_an_overtaken_uplink_is_news_and_does_not_set_the_count_back() -> None:
    known = Deduplicator()
    hear(known, uplink(10, "a"))
    assert hear(known, uplink(12, "c"), 1) == Verdict(True, 1)
    assert hear(known, uplink(11, "b"), 2) == Verdict(True, 0)
    assert hear(known, uplink(13, "d"), 60) == Verdict(True, 0)


def test_devices_and_tenants_do_not_know_of_each_other() -> None:
    known = Deduplicator()
    hear(known, uplink(7, "a"))
    assert hear(known, uplink(7, "a", eui="ff" * 8)).is_new
    assert hear(known, uplink(7, "a"), tenant="elsewhere").is_new


def test_what_was_only_judged_is_not_known() -> None:
    known = Deduplicator()
    assert known.judge(TENANT, uplink(7, "a"), NOON).is_new
    assert known.judge(TENANT, uplink(7, "a"), NOON).is_new


def test_memory_is_bounded_and_forgets_the_longest_silent_first() -> None:
    known = Deduplicator(max_devices=2)
    for eui in ("a" * 16, "b" * 16, "c" * 16):
        hear(known, uplink(1, "x", eui=eui))
    assert len(known) == 2
    assert not hear(known, uplink(1, "x", eui="c" * 16)).is_new
    assert hear(known, uplink(1, "x", eui="a" * 16)).is_new
    for n in range(10 * RECENT):
        hear(known, uplink(n, str(n)))
    assert all(len(counter.recent) <= RECENT for counter in known._counters.values())


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.text(max_size=2), st.binary(max_size=2), st.integers(0, 99))))
def test_whatever_the_counters_say_an_uplink_heard_again_at_once_is_no_news(heard: list[tuple]) -> None:
    known = Deduplicator()
    for f_cnt, name, payload, seconds in heard:
        verdict = hear(known, uplink(f_cnt, name, payload), seconds)
        assert 0 <= verdict.missed < MAX_GAP
        assert not hear(known, uplink(f_cnt, name, payload), seconds).is_new
