"""The shelf: it shows in Redis what Kafka has, waits for a Redis that is away, and has it filled where it lost all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest
from redis.exceptions import ConnectionError as RedisAwayError

from parking.decisions.acting import ActResult, confirm
from parking.decisions.chain import LoggedEntry
from streams import shelf
from streams.shelf import RedisShelf
from streams.topics import TopicsError
from tests.parking.decisions.test_decisions import decided
from tests.store.test_decisions import logged
from tests.support import at


class FakeRedis:
    """What was kept, by tenant; away for as many calls as it is told; ``holds`` is whether it held anything before."""

    def __init__(self) -> None:
        self.kept: list[LoggedEntry] = []
        self.away, self.holds, self.broken, self.confused = 0, True, False, False
        self.filled: list[bool] = []

    async def keep(self, client: object, tenant: str, epoch: int, rows: Iterable[LoggedEntry]) -> bool:
        if self.away:
            self.away -= 1
            raise RedisAwayError("away")
        if self.confused:
            raise ValueError("a mistake of ours")
        self.kept += rows
        return self.holds

    async def fill(self, has_lost: bool) -> int:
        if self.broken:
            raise TopicsError("the topic is not there")
        self.filled.append(has_lost)
        return 7


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeRedis:
    one = FakeRedis()
    monkeypatch.setattr(shelf, "keep_latest", one.keep)
    return one


def shelf_of(fake: FakeRedis, is_behind: bool = False) -> RedisShelf:
    return RedisShelf(fake, 1, fake.fill, is_behind)  # type: ignore[arg-type]


async def until(condition: Callable[[], bool]) -> None:
    """The loop goes on until it is so."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def test_what_was_recorded_is_shown_before_it_closes_also_after_redis_was_away(fake: FakeRedis) -> None:
    fake.away = 2
    rows = logged(decided(), confirm(decided(), ActResult.ACTED, {}, at(1)))
    async with shelf_of(fake) as shown:
        shown.show(rows)
    assert fake.kept == rows
    assert fake.filled == []


async def test_of_two_about_one_subject_only_the_later_is_shown(fake: FakeRedis) -> None:
    first, second = decided(), decided(decided_at=at(1))
    async with shelf_of(fake) as shown:
        shown.show(logged(first))
        shown.show(logged(second, first=1))
    assert [one.event for one in fake.kept] == [second]


async def test_a_redis_that_lost_everything_is_filled_from_the_topic(fake: FakeRedis) -> None:
    fake.holds = False
    async with shelf_of(fake) as shown:
        shown.show(logged(decided()))
    assert fake.filled == [True], "all of it"


async def test_a_redis_that_was_away_at_the_start_is_filled_when_it_is_back(fake: FakeRedis) -> None:
    async with shelf_of(fake, is_behind=True):
        await until(lambda: fake.filled == [False])
    assert fake.kept == [], "nobody had to record anything for it"


async def test_a_mistake_does_not_end_the_showing_of_what_comes_later(fake: FakeRedis) -> None:
    fake.holds, fake.broken = False, True
    async with shelf_of(fake) as shown:
        shown.show(logged(decided()))
        await until(lambda: len(fake.kept) == 1)
        fake.holds, fake.broken = True, False
        shown.show(logged(decided(decided_at=at(1)), first=1))
    assert len(fake.kept) == 2
    assert fake.filled == [True], "and what could not be filled was not forgotten"


async def test_what_a_mistake_kept_from_being_shown_is_read_again_with_the_next_ones(fake: FakeRedis) -> None:
    fake.confused = True
    async with shelf_of(fake) as shown:
        shown.show(logged(decided()))
        await until(shown._is_shown.is_set)
        assert fake.kept == []
        fake.confused = False
        shown.show(logged(decided(subject="sign:B1/1"), first=1))
    assert fake.filled == [False], "what was in hand is in the topic"


async def test_a_redis_that_stays_away_does_not_keep_it_from_closing(
    fake: FakeRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.away = 10**9
    monkeypatch.setattr(shelf, "CLOSING_S", 0.05)
    async with asyncio.timeout(5), shelf_of(fake) as shown:
        shown.show(logged(decided()))
    assert fake.kept == []
