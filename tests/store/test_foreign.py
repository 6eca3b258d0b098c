"""What somebody else has put under our names in Redis is written over by what is ours, and followers go on."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import msgpack
import pytest
import redis.asyncio as aioredis

from parking.catalogue.model import Tenant
from parking.clock import Clock
from parking.decisions.acting import ActResult, DecisionNow, confirm
from parking.decisions.chain import ChainLink, DecisionEntry, LoggedEntry
from parking.decisions.codec import encode_entry
from parking.words import ClockBasis
from store.changes import read_changes
from store.decisions import keep_latest, list_latest
from store.functions import call
from store.keys import TENANTS, decision_keys, keys_of, pack_revision
from store.reader import list_tenants, read_snapshot, read_stored
from store.writer import LiveWriter
from tests.parking.decisions.test_decisions import decided
from tests.store.building import change
from tests.support import TENANT, at, site

EVENT = Clock(at(1), ClockBasis.EVENT)
KEYS = keys_of(TENANT)
LATE = pack_revision((2**40, 2**40))
VALUES = [
    b"", b"x", b"\x00" * 15, b"\x00" * 16, b"\xff" * 16, b"\xff" * 40, b"garbage of somebody's, and long", LATE,
    LATE + b"{}", LATE + b"\x80", LATE + b"\xc1", LATE + msgpack.packb({"revision": [1, 2]}), LATE + b"[" * 3_000,
    LATE + msgpack.packb({"revision": "no"}), LATE + msgpack.packb([1]),
]  # fmt: skip


async def vacant(client: aioredis.Redis) -> int | None:
    return (await read_snapshot(client, TENANT, at(1))).places[0].availability.vacant


@pytest.fixture
async def writer(client: aioredis.Redis) -> LiveWriter:
    one = LiveWriter(client, 1)
    await one.apply_catalogue(TENANT, [(Tenant(id=TENANT, clock=ClockBasis.EVENT), (1, 0)), (site(), (1, 1))])
    await one.apply_changes(TENANT, 0, [change(40, 7)], EVENT, await one.begin(TENANT, 0))
    return one


@pytest.mark.parametrize("value", VALUES)
async def test_a_foreign_value_is_written_over_and_named(
    client: aioredis.Redis, writer: LiveWriter, value: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    await client.hset(KEYS.live, "p1", value)
    await client.hset(KEYS.places, "p1", value)
    await client.hset(KEYS.places, "/", value)
    assert await read_stored(client, TENANT) is not None, "a gateway goes on meanwhile"
    with caplog.at_level(logging.ERROR, "store.writer"):
        assert (await writer.apply_changes(TENANT, 0, [change(41, 8)], EVENT)).written == 1
        assert await writer.apply_catalogue(TENANT, [(site(), (1, 1))]) == 1
    assert await vacant(client) == 41
    said = caplog.text
    is_older = value.startswith(b"\x00" * 16)  # written over as any older one is
    assert is_older or f"{KEYS.live} p1 in Redis was not written by placelibre" in said


async def test_ours_is_not_written_again_because_it_looks_odd(client: aioredis.Redis, writer: LiveWriter) -> None:
    assert (await writer.apply_changes(TENANT, 0, [change(99, 7), change(99, 3)], EVENT)).written == 0
    assert await writer.apply_catalogue(TENANT, [(site(name="older"), (1, 0)), (site(name="same"), (1, 1))]) == 0
    assert await vacant(client) == 40


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in KEYS._fields[:6] for kind in ("string", "list")]
    + [("changes", "hash"), ("stream", "hash")],
)
async def test_a_key_of_another_kind_makes_room(
    client: aioredis.Redis, writer: LiveWriter, name: str, kind: str
) -> None:
    key = getattr(KEYS, name)
    await client.delete(key)
    if kind == "string":
        await client.set(key, b"\xff foreign")
    elif kind == "list":
        await client.lpush(key, "foreign")
    else:
        await client.hset(key, "foreign", b"\xff")
    applied = await writer.apply_changes(TENANT, 0, [change(41, 8)], EVENT)
    if not applied.marked:
        await writer.apply_catalogue(TENANT, [(site(), (1, 1))])
        token = await writer.begin(TENANT, 0)
        applied = await writer.apply_changes(TENANT, 0, [change(41, 8)], EVENT, token)
    assert applied.marked
    assert await vacant(client) == 41
    after = (await read_stored(client, TENANT)).position
    assert after.incarnation.isdigit()
    await writer.apply_changes(TENANT, 0, [change(42, 9)], EVENT)
    assert [one.availability.vacant for _, one in (await read_changes(client, TENANT, after)).changes] == [42]


async def test_a_name_of_the_stream_that_is_none_is_given_anew(client: aioredis.Redis, writer: LiveWriter) -> None:
    for name in (b"\xff\xfe", b"mine", None):
        await (client.set(KEYS.stream, name) if name else client.delete(KEYS.stream))
        await read_stored(client, TENANT)
        await writer.apply_changes(TENANT, 0, [], None)
        after = (await read_stored(client, TENANT)).position
        assert after.incarnation.isdigit()
        assert (await read_changes(client, TENANT, after)).changes == []


async def test_the_last_id_there_is_begins_another_stream(client: aioredis.Redis, writer: LiveWriter) -> None:
    await client.xadd(KEYS.changes, {"place": "p1"}, id=f"{2**64 - 1}-{2**64 - 1}")
    await writer.apply_changes(TENANT, 0, [change(41, 8)], EVENT)
    after = (await read_stored(client, TENANT)).position
    await writer.apply_changes(TENANT, 0, [change(42, 9)], EVENT)
    assert len((await read_changes(client, TENANT, after)).changes) == 1


ENTRIES = [
    {b"value": b"x"}, {b"place": b"p1"}, {b"nothing": b"of ours"}, {b"place": b"\xff\xfe", b"value": b"x"},
    {b"place": b"p1", b"value": b""}, {b"place": b"\xff", b"value": LATE + b"\x80"}, {b"": b""},
]  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES)
async def test_a_foreign_entry_of_the_stream_is_left_out_and_counted(
    client: aioredis.Redis, writer: LiveWriter, entry: dict[bytes, bytes]
) -> None:
    after = (await read_stored(client, TENANT)).position
    for _ in range(3):
        await client.xadd(KEYS.changes, entry)
    await writer.apply_changes(TENANT, 0, [change(42, 9)], EVENT)
    found = await read_changes(client, TENANT, after)
    assert [one.availability.vacant for _, one in found.changes] == [42]
    assert (found.left_out, found.catalogue_changed) == (3, False)


async def test_the_list_of_cities_holds_cities_alone(client: aioredis.Redis, writer: LiveWriter) -> None:
    await client.sadd(TENANTS, b"\xff", b"", b"No City", b"{}")
    assert await list_tenants(client) == [TENANT]
    await client.set(TENANTS, "foreign")
    await writer.apply_catalogue(TENANT, [(site(), (1, 5))])
    assert await list_tenants(client) == [TENANT]


async def test_a_decision_that_is_none_of_ours_gives_way_to_ours(client: aioredis.Redis) -> None:
    keys = decision_keys(TENANT)
    entry = DecisionEntry(event=decided(), link=ChainLink(chain="c", number=1))
    logged = LoggedEntry(entry, encode_entry(entry), 0, 7, datetime.now(UTC))
    done = DecisionEntry(event=confirm(decided(), ActResult.ACTED, {}, at(1)), link=ChainLink(chain="c", number=1))
    confirmed = LoggedEntry(done, encode_entry(done), 0, 8, datetime.now(UTC))
    for value in VALUES:
        await client.hset(keys.decided, decided().subject, value)
        await client.hset(keys.confirmed, decided().subject, value)
        assert await list_latest(client, TENANT) == []
        await keep_latest(client, TENANT, 1, [logged, confirmed])
        assert await list_latest(client, TENANT) == [DecisionNow(entry.event, done.event)]
    for key in keys:
        await client.delete(*keys)
        await client.set(key, b"foreign")
        await keep_latest(client, TENANT, 1, [logged, confirmed])
        assert await list_latest(client, TENANT) == [DecisionNow(entry.event, done.event)]


async def test_a_short_decision_does_not_stop_the_others(client: aioredis.Redis) -> None:
    keys = decision_keys(TENANT)
    await client.hset(keys.decided, "sign:a", b"x")
    value = pack_revision((1, 1)) + b"o" * 40 + b"{}"
    rows = msgpack.packb((["sign:a", value, 2**45], []), use_bin_type=False)
    assert (await call(client, "placelibre_keep_decisions", keys, rows))[0] == 1
