"""Writer, reader and functions, against a real Valkey."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis.asyncio as aioredis
from redis.exceptions import RedisError

from parking.catalogue.model import Tenant
from parking.clock import Clock
from parking.words import ClockBasis, Fault
from store.keys import CITY, keys_of, pack_revision, unpack_revision
from store.mirror import Mirror
from store.reader import list_tenants, read_clock, read_snapshot, read_stored
from store.writer import LiveWriter
from tests.store.building import change
from tests.support import TENANT, at, site

EVENT = Clock(at(1), ClockBasis.EVENT)


async def live(client: aioredis.Redis) -> dict[str, tuple[int | None, tuple[int, int]]]:
    rows = (await read_snapshot(client, TENANT, at(1))).places
    return {row.place.id: (row.availability.vacant, row.availability.revision) for row in rows}


async def test_redis_takes_only_a_greater_revision(client: aioredis.Redis) -> None:
    writer = LiveWriter(client, 1)
    await writer.apply_catalogue(TENANT, [(site(), (1, 0))])
    assert (await writer.apply_changes(TENANT, 0, [change(40, 7)], EVENT)).written == 1
    for old in (change(99, 7), change(99, 6), change(99, 2**40, epoch=0)):
        assert (await writer.apply_changes(TENANT, 0, [old], EVENT)).written == 0
    assert await live(client) == {"p1": (40, (1, 7))}
    assert (await writer.apply_changes(TENANT, 0, [change(41, 300)], EVENT)).written == 1
    assert (await writer.apply_changes(TENANT, 0, [change(42, 0, epoch=2)], EVENT)).written == 1
    assert await live(client) == {"p1": (42, (2, 0))}
    assert await client.xlen(keys_of(TENANT).changes) == 1 + 3, "the catalogue, and three changes"


async def test_many_changes_go_in_calls_of_a_thousand(client: aioredis.Redis) -> None:
    writer = LiveWriter(client, 1)
    changes = [change(n, n, place=f"p{n}") for n in range(2_345)]
    assert (await writer.apply_changes(TENANT, 0, changes, EVENT, await writer.begin(TENANT, 0))) == (2345, True)
    assert await client.hlen(keys_of(TENANT).live) == 2345
    assert (await client.info("commandstats"))["cmdstat_fcall"]["calls"] >= 3


async def test_a_redis_that_lost_its_mark_is_found_out(client: aioredis.Redis) -> None:
    writer = LiveWriter(client, 1)
    assert not (await writer.apply_changes(TENANT, 0, [], None)).marked
    assert (await writer.apply_changes(TENANT, 0, [], None, await writer.begin(TENANT, 0))).marked
    assert (await writer.apply_changes(TENANT, 0, [], None)).marked
    assert not (await writer.apply_changes(TENANT, 1, [], None)).marked
    assert not (await LiveWriter(client, 2).apply_changes(TENANT, 0, [], None)).marked
    await client.flushall()
    assert not (await writer.apply_changes(TENANT, 0, [], None)).marked


async def test_functions_are_loaded_again_when_the_server_forgot_them(client: aioredis.Redis) -> None:
    await client.function_flush()
    writer = LiveWriter(client, 1)
    await writer.apply_catalogue(TENANT, [(site(), (1, 0))])
    await client.function_flush()
    assert list(await live(client)) == ["p1"]


async def test_a_reader_expires_values_by_itself(client: aioredis.Redis) -> None:
    writer = LiveWriter(client, 1)
    await writer.apply_catalogue(TENANT, [(site(), (1, 0))])
    await writer.apply_changes(TENANT, 0, [change(40, 7)], Clock(at(0), ClockBasis.WALL))
    fresh = await read_snapshot(client, TENANT, at(14))
    assert fresh.places[0].availability.vacant == 40
    stale = await read_snapshot(client, TENANT, at(15))
    assert stale.places[0].availability.vacant is None
    assert Fault.COMMUNICATIONS_FAILURE in stale.places[0].availability.faults
    mirror = Mirror(TENANT)
    mirror.take_snapshot(await read_stored(client, TENANT), at(14))
    assert mirror.snapshot(at(14)) == fresh
    assert mirror.snapshot(at(15)) == stale, "looked at later, by a reader whom nothing reaches"


async def test_a_replay_is_judged_by_its_own_clock(client: aioredis.Redis) -> None:
    writer = LiveWriter(client, 1)
    await writer.apply_catalogue(TENANT, [(site(), (1, 0))])
    await writer.apply_changes(TENANT, 0, [change(40, 7)], EVENT)
    await writer.apply_changes(TENANT, 1, [], Clock(at(2), ClockBasis.EVENT))
    years_later = await read_snapshot(client, TENANT, at(0) + timedelta(days=5000))
    assert (years_later.now, years_later.basis) == (at(2), ClockBasis.EVENT)
    assert years_later.places[0].availability.vacant == 40
    assert await read_clock(client, TENANT) == Clock(at(2), ClockBasis.EVENT)


@pytest.mark.parametrize(("basis", "stands"), [(ClockBasis.EVENT, 5), (ClockBasis.WALL, 3)])
async def test_a_recordings_clock_never_goes_back_in_redis_and_the_walls_is_as_its_partition_has_it(
    client: aioredis.Redis, basis: ClockBasis, stands: int
) -> None:
    writer = LiveWriter(client, 1)
    for minute in (5, 3):
        await writer.apply_changes(TENANT, 0, [], Clock(at(minute), basis))
    assert await read_clock(client, TENANT) == Clock(at(stands), basis)


async def test_a_clock_in_redis_that_is_none_is_written_over(client: aioredis.Redis) -> None:
    await client.hset(keys_of(TENANT).clock, "0", "wall of stone")
    await LiveWriter(client, 1).apply_changes(TENANT, 0, [], Clock(at(3), ClockBasis.EVENT))
    assert await read_clock(client, TENANT) == Clock(at(3), ClockBasis.EVENT)


async def test_a_catalogued_place_never_heard_is_there_and_unknown(client: aioredis.Redis) -> None:
    await LiveWriter(client, 1).apply_catalogue(TENANT, [(site(), (1, 0))])
    rows = (await read_snapshot(client, TENANT, at(0))).places
    assert [(row.place, row.availability.vacant) for row in rows] == [(site(), None)]
    assert await list_tenants(client) == [TENANT]


async def test_a_snapshot_names_the_last_change_it_contains(client: aioredis.Redis) -> None:
    writer = LiveWriter(client, 1)
    assert (await read_snapshot(client, TENANT, at(0))).position == ("", "0-0")
    await writer.apply_changes(TENANT, 0, [change(40, 7), change(41, 8, place="p2")], EVENT)
    last = (await client.xrevrange(keys_of(TENANT).changes, count=1))[0][0].decode()
    assert (await read_snapshot(client, TENANT, at(0))).position.id == last


async def test_an_older_catalogue_entry_does_not_replace_a_newer(client: aioredis.Redis) -> None:
    writer = LiveWriter(client, 1)
    assert await writer.apply_catalogue(TENANT, [(site(capacity=7), (1, 5))]) == 1
    assert await writer.apply_catalogue(TENANT, [(site(capacity=8), (1, 4))]) == 0
    assert (await read_snapshot(client, TENANT, at(0))).places[0].place.capacity == 7


async def test_a_redis_that_is_away_raises_what_the_caller_waits_out() -> None:
    gone = aioredis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=1)
    with pytest.raises(RedisError):
        await LiveWriter(gone, 1).apply_changes(TENANT, 0, [change(1, 1)], None)
    await gone.aclose()


def test_revisions_survive_packing_and_keep_their_order() -> None:
    revisions = [(0, 0), (0, 255), (0, 256), (1, 0), (1, 2**40), (2, 1)]
    assert [unpack_revision(pack_revision(one) + b"more") for one in revisions] == revisions
    assert sorted(map(pack_revision, revisions)) == list(map(pack_revision, revisions))


async def test_an_entry_that_this_version_cannot_read_costs_itself_alone(client: aioredis.Redis) -> None:
    writer, keys = LiveWriter(client, 1), keys_of(TENANT)
    await writer.apply_catalogue(TENANT, [(site(), (1, 0))])
    await writer.apply_changes(TENANT, 0, [change(40, 7)], EVENT)
    await client.hset(keys.places, CITY, b"\0" * 16 + b"of a later version")
    await client.hset(keys.clock, "1", "lunar 5")
    snapshot = await read_snapshot(client, TENANT, at(1))
    assert snapshot.city is None
    assert snapshot.now == EVENT.at
    assert await live(client) == {"p1": (40, (1, 7))}


async def test_a_replay_without_its_clock_yet_is_not_judged_by_the_walls(client: aioredis.Redis) -> None:
    writer = LiveWriter(client, 1)
    await writer.apply_catalogue(TENANT, [(Tenant(id=TENANT, clock=ClockBasis.EVENT), (1, 0)), (site(), (1, 1))])
    await writer.apply_changes(TENANT, 0, [change(40, 7)], None)
    years_later = at(60 * 24 * 365)
    (row,) = (await read_snapshot(client, TENANT, years_later)).places
    assert row.availability.vacant == 40
    mirror = Mirror(TENANT)
    mirror.take_snapshot(await read_stored(client, TENANT), years_later)
    mirror.expire(years_later)
    assert mirror.availability("p1").vacant == 40, "nor in a gateway"


async def test_a_redis_that_lost_something_while_it_was_filled_is_not_called_whole(client: aioredis.Redis) -> None:
    writer = LiveWriter(client, 1)
    token = await writer.begin(TENANT, 0)
    await writer.apply_changes(TENANT, 0, [change(1, 1, place="a")], None)
    await client.flushall()
    assert not (await writer.apply_changes(TENANT, 0, [change(2, 2, place="b")], None, token)).marked
    assert not (await writer.apply_changes(TENANT, 0, [], None)).marked
