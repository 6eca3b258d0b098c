"""Going back to what was heard, over topics that are lists: what is there, what is gone, what only the clock made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest

from parking.codec import encode_event
from parking.instants import to_us
from parking.observations import ClockTicked, SiteCounted
from parking.published.availability import Availability, Change
from streams import tracing
from streams.tracing import NotKeptError, find_change, find_heard
from tests.support import TENANT, at, envelope, tick

KEY = f"{TENANT}/p1"


class Record(NamedTuple):
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes


class FakeTopic:
    """One partition, of which the first records are gone."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.begins = {0: records[0].offset if records else 0}
        self.ends = {0: records[-1].offset + 1 if records else 0}

    async def first_at(self, partition: int, offset: int) -> Record:
        return next(one for one in self.records if one.offset >= offset)

    async def offsets_at(self, logged_ms: int) -> dict[int, int]:
        return {0: next((one.offset for one in self.records if one.timestamp >= logged_ms), self.ends[0])}

    async def read(self, starts: Mapping[int, int]) -> AsyncIterator[Record]:
        for one in self.records:
            if one.offset >= starts[0]:
                yield one


def lay_out(monkeypatch: pytest.MonkeyPatch, *rows: tuple[bytes | None, bytes], first: int = 0) -> None:
    """The topic that will be opened: keys and values, a minute apart."""
    records = [
        Record(0, first + number, to_us(at(number)) // 1000, key, value) for number, (key, value) in enumerate(rows)
    ]

    @asynccontextmanager
    async def open_topic(bootstrap: str, topic: str) -> AsyncIterator[Any]:
        yield FakeTopic(records)

    monkeypatch.setattr(tracing, "open_topic", open_topic)


def counted(minutes: float, vacant: int) -> tuple[bytes, bytes]:
    return KEY.encode(), encode_event(SiteCounted(**envelope(minutes, content=vacant), vacant=vacant))


def other() -> tuple[bytes, bytes]:
    return b"testville/p2", counted(0, 1)[1]


def ticked(minutes: float) -> tuple[None, bytes]:
    return None, encode_event(tick(minutes))


async def heard(offset: int, epoch: int = 1) -> tracing.Heard:
    return await find_heard("kafka", "test", KEY, (epoch, offset), 1)


async def test_the_record_of_a_revision_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(monkeypatch, other(), counted(1, 40), counted(2, 39), first=100)
    found = await heard(101)
    assert isinstance(found.at.observation, SiteCounted)
    assert (found.at.observation.vacant, found.at.offset, found.at.logged_at, found.before) == (40, 101, at(1), None)


async def test_where_the_clock_made_the_number_the_places_own_last_word_is_found_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lay_out(monkeypatch, counted(0, 41), counted(1, 40), other(), ticked(3), counted(4, 38))
    found = await heard(3)
    assert isinstance(found.at.observation, ClockTicked)
    assert found.before is not None
    assert found.before.offset == 1


async def test_a_place_that_was_not_heard_of_late_has_no_word_before(monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(monkeypatch, other(), ticked(1))
    assert (await heard(1)).before is None


@pytest.mark.parametrize(
    ("offset", "epoch", "why"),
    [
        (99, 1, "older than Kafka keeps"),
        (102, 1, "does not reach so far"),
        (100, 2, "stream epoch 2"),
        (-1, 0, "ever heard"),
    ],
)
async def test_what_is_gone_is_said_to_be_gone_and_why(
    monkeypatch: pytest.MonkeyPatch, offset: int, epoch: int, why: str
) -> None:
    lay_out(monkeypatch, counted(0, 1), counted(1, 2), first=100)
    with pytest.raises(NotKeptError, match=why):
        await heard(offset, epoch)


async def test_a_record_that_cannot_be_read_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(monkeypatch, (KEY.encode(), b"{torn"))
    found = await heard(0)
    assert (found.at.value, found.at.observation) == (b"{torn", None)


async def test_the_change_of_a_revision_is_found_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(place: str, offset: int) -> tuple[bytes, bytes]:
        said = Availability(vacant=offset, revision=(1, offset))
        return f"{TENANT}/{place}".encode(), encode_event(Change(TENANT, place, said))

    lay_out(monkeypatch, change("p1", 4), change("p2", 5), (KEY.encode(), b"torn"), change("p1", 5))
    found = await find_change("kafka", "test", TENANT, "p1", (1, 5), at(0))
    assert found is not None
    assert (found.offset, found.change.availability.vacant) == (3, 5)
    assert await find_change("kafka", "test", TENANT, "p1", (1, 4), at(1)) is None, "it stands before that time"
