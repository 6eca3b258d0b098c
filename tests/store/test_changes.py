"""The change stream: followed exactly, or refused with a reason; never a gap."""

from __future__ import annotations

import asyncio

import pytest
import redis.asyncio as aioredis

from parking.catalogue.model import Tenant
from parking.clock import Clock
from parking.words import ClockBasis
from store.changes import ChangesPosition, ResetReason, StreamResetError, find_position, read_changes, wait_for_change
from store.keys import keys_of, pack_revision
from store.reader import read_snapshot
from store.writer import LiveWriter
from tests.store.building import change
from tests.support import TENANT, at, site

EVENT = Clock(at(0), ClockBasis.EVENT)


async def start(client: aioredis.Redis) -> tuple[LiveWriter, ChangesPosition]:
    writer = LiveWriter(client, 1)
    await writer.apply_catalogue(TENANT, [(site(), (1, 0))])
    return writer, (await read_snapshot(client, TENANT, at(0))).position


async def reset_of(client: aioredis.Redis, after: ChangesPosition) -> ResetReason:
    with pytest.raises(StreamResetError) as caught:
        await read_changes(client, TENANT, after)
    return caught.value.reason


async def test_what_follows_a_snapshot_is_every_change_once_and_in_order(client: aioredis.Redis) -> None:
    writer, after = await start(client)
    await writer.apply_changes(TENANT, 0, [change(40, 1), change(41, 2)], EVENT)
    await writer.apply_changes(TENANT, 0, [change(41, 2), change(42, 3)], EVENT)
    found = await read_changes(client, TENANT, after)
    assert [one.availability.vacant for _, one in found.changes] == [40, 41, 42]
    assert [one.availability.revision for _, one in found.changes] == [(1, 1), (1, 2), (1, 3)]
    assert (found.is_complete, found.catalogue_changed, found.clock) == (True, False, EVENT)
    assert found.position == found.changes[-1][0]
    again = await read_changes(client, TENANT, found.position)
    assert (again.changes, again.position) == ([], found.position)
    middle = await read_changes(client, TENANT, found.changes[0][0])
    assert [one.availability.vacant for _, one in middle.changes] == [41, 42]


async def test_more_than_a_thousand_come_in_parts(client: aioredis.Redis) -> None:
    writer, after = await start(client)
    await writer.apply_changes(TENANT, 0, [change(1, n) for n in range(1, 2301)], None)
    counts = []
    while True:
        found = await read_changes(client, TENANT, after)
        counts.append(len(found.changes))
        after = found.position
        if found.is_complete:
            break
    assert counts == [1000, 1000, 300]


async def test_a_changed_catalogue_is_told_once_and_brings_the_city(client: aioredis.Redis) -> None:
    writer, after = await start(client)
    city = Tenant(id=TENANT, clock=ClockBasis.EVENT, name="Testville")
    await writer.apply_catalogue(TENANT, [(site(name="Nouveau"), (1, 5)), (city, (1, 6))])
    found = await read_changes(client, TENANT, after)
    assert found.catalogue_changed
    await writer.apply_catalogue(TENANT, [(site(name="Nouveau"), (1, 5)), (city, (1, 6))])
    assert not (await read_changes(client, TENANT, found.position)).catalogue_changed
    snapshot = await read_snapshot(client, TENANT, at(0))
    assert snapshot.city == city
    assert [row.place.name for row in snapshot.places] == ["Nouveau"]


async def test_a_stream_that_was_lost_is_another_incarnation(client: aioredis.Redis) -> None:
    writer, after = await start(client)
    await client.flushall()
    assert await reset_of(client, after) is ResetReason.OTHER_INCARNATION
    await writer.apply_catalogue(TENANT, [(site(), (1, 0))])
    assert await reset_of(client, after) is ResetReason.OTHER_INCARNATION


async def test_what_was_trimmed_away_cannot_be_resumed(client: aioredis.Redis) -> None:
    writer, after = await start(client)
    await writer.apply_changes(TENANT, 0, [change(1, n) for n in range(1, 301)], None)
    await client.xtrim(keys_of(TENANT).changes, maxlen=10, approximate=False)
    assert await reset_of(client, after) is ResetReason.TOO_OLD
    last = (await read_snapshot(client, TENANT, at(0))).position
    assert (await read_changes(client, TENANT, last)).changes == []


async def test_a_position_from_the_future_was_made_up_or_redis_went_back(client: aioredis.Redis) -> None:
    _, after = await start(client)
    assert await reset_of(client, after._replace(id="9999999999999-0")) is ResetReason.AHEAD


async def test_a_position_that_never_was_in_the_stream_is_refused(client: aioredis.Redis) -> None:
    """Made up, or given by a stretch that a Redis restored from a backup has lost."""
    writer, after = await start(client)
    await writer.apply_changes(TENANT, 0, [change(40, 1)], EVENT)
    lost = (await read_changes(client, TENANT, after)).position
    await writer.apply_changes(TENANT, 0, [change(41, 2)], EVENT)
    await client.xdel(keys_of(TENANT).changes, lost.id)
    assert await reset_of(client, lost) is ResetReason.NEVER_THERE
    milliseconds = lost.order[0]
    assert await reset_of(client, lost._replace(id=f"{milliseconds}-77")) in (
        ResetReason.NEVER_THERE,
        ResetReason.AHEAD,
    )


async def test_one_unusable_value_costs_one_value(client: aioredis.Redis) -> None:
    writer, after = await start(client)
    keys = keys_of(TENANT)
    await client.hset(keys.places, "broken", pack_revision((1, 9)) + b"{no place")
    await client.hset(keys.live, "p1", pack_revision((1, 9)) + b"no availability")
    await client.xadd(keys.changes, {"place": "p1", "value": pack_revision((1, 9)) + b"no availability"})
    await writer.apply_changes(TENANT, 0, [change(42, 10, place="p2")], EVENT)
    snapshot = await read_snapshot(client, TENANT, at(0))
    assert [(row.place.id, row.availability.vacant) for row in snapshot.places] == [("p1", None)]
    found = await read_changes(client, TENANT, after)
    assert [one.availability.vacant for _, one in found.changes] == [42]


async def test_waiting_ends_with_a_change_or_with_patience(client: aioredis.Redis) -> None:
    writer, after = await start(client)
    waiting = asyncio.create_task(wait_for_change(client, TENANT, after, 60_000))
    await asyncio.wait_for(wait_for_change(client, TENANT, after, 10), 20)
    assert not waiting.done(), "nothing has changed, and this one has patience left"
    await writer.apply_changes(TENANT, 0, [change(40, 1)], None)
    await asyncio.wait_for(waiting, 20)


NO_POSITIONS = ["", "1-2", "a-b-c", "1-2-3-4", "1-2-", "-1-2-3", "9" * 30 + "-1-1", "١-٢-٣"]


@pytest.mark.parametrize("text", NO_POSITIONS)
def test_texts_that_are_no_position(text: str) -> None:
    assert find_position(text) is None


async def test_a_position_beyond_the_last_that_can_be_is_ahead(client: aioredis.Redis) -> None:
    _, after = await start(client)
    beyond = find_position(f"{after.incarnation}-99999999999999999999-99999999999999999999")
    assert beyond == (after.incarnation, f"{2**64 - 2}-{2**64 - 2}")
    with pytest.raises(StreamResetError, match="later than the last change"):
        await read_changes(client, TENANT, beyond)


def test_a_position_is_written_and_read_again() -> None:
    position = ChangesPosition("1763942400000000", "1763942400000-7")
    assert find_position(str(position)) == position
    assert ChangesPosition("1", "10-2").order > ChangesPosition("1", "9-11").order
