"""Outputs first, state last: a worker killed between any two writes leaves nothing lost, double or different.

Each part of the day is sent when the one before has been folded, and says at most one thing of each place, so that an
undisturbed run and one with a death in it publish at the same revisions, row by row.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from datetime import datetime

import pytest
import redis

from ops.feeding import open_producer
from parking.catalogue.model import Tenant
from parking.observations import Observation
from parking.words import ClockBasis
from streams.faultpoints import POINTS
from tests.conftest import House
from tests.e2e.days import Day, groups, in_disorder, make_day
from tests.e2e.logs import changes_of, table_of
from tests.support import wait_for

PARTS = 7
DEADLY_PASS = 6
"""Four partitions pass a point with each part, so this is in the second."""


class Ended:
    """What a run left behind: the Table, the history, and Redis."""

    def __init__(self, house: House) -> None:
        self.table = table_of(house)
        self.changes = changes_of(house)
        client = redis.Redis.from_url(house.settings.redis)
        self.live = client.hgetall("{madeup}:live")
        self.clock = client.hgetall("{madeup}:clock")


def parts_of(day: Day) -> list[tuple[datetime, list[Observation]]]:
    """The day in a few parts, each with at most one observation of each place and some of the part before again."""
    parts = []
    before: list[Observation] = []
    for end, heard in list(groups(in_disorder(day.observations, 5)))[3 : 3 + PARTS]:
        one_each = {seen.device_id.partition("s")[0].partition("-")[0]: seen for seen in heard}
        parts.append((end, [*one_each.values(), *before[:5]]))
        before = list(one_each.values())
    return parts


def run(house: House, day: Day, parts: Sequence[tuple[datetime, list[Observation]]], fault: str = "") -> Ended:
    """Send the parts one by one; when the worker dies, as it is told to, another takes its place."""
    workers = [house.start_worker(fault)]

    async def send(end: datetime, heard: list[Observation]) -> None:
        async with open_producer(house.settings) as producer:
            await producer.declare(Tenant(id="madeup", clock=ClockBasis.EVENT), day.places)
            await producer.send(heard)
            await producer.tick("madeup", end, ClockBasis.EVENT)

    def folded(end: datetime) -> bool:
        if workers[-1].poll() is not None:
            assert workers[-1].returncode == -signal.SIGKILL
            workers.append(house.start_worker())
        return house.clock_is("madeup", end.isoformat())

    house.create_topics()
    for end, heard in parts:
        asyncio.run(send(end, heard))
        wait_for(f"the part that ends at {end}", lambda end=end: folded(end), 60)
    ended = Ended(house)
    assert len(workers) == (2 if fault else 1), "the worker did not die where it should"
    workers[-1].kill()
    workers[-1].wait()
    return ended


@pytest.fixture(scope="module")
def story() -> tuple[Day, list[tuple[datetime, list[Observation]]]]:
    day = make_day(seed=11, hours=1)
    return day, parts_of(day)


@pytest.mark.parametrize("point", POINTS)
def test_a_death_between_two_writes_changes_nothing(house: House, story: tuple, point: str) -> None:
    day, parts = story
    quiet = run(house.elsewhere("quiet", 4), day, parts)
    assert quiet.changes
    killed = run(house.elsewhere("killed", 4), day, parts, f"{point}:{DEADLY_PASS}")
    assert killed.table == quiet.table
    assert killed.changes == quiet.changes
    assert killed.live == quiet.live
    assert killed.clock == quiet.clock
