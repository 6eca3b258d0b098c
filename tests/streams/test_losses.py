"""A row that cannot be read, or that Kafka will never take, costs its place alone; the worker and all others go on."""

from __future__ import annotations

import logging

import msgspec
import pytest

from ops.health import _process
from parking.codec import decode_reject
from parking.fold import table_rows
from parking.fold.lanes import LaneLedger
from parking.fold.state import PlaceState
from parking.fold.table_rows import encode_state
from parking.observations import SiteCounted
from parking.rejects import make_reject
from parking.words import Fault, RejectReason
from serving.probes import answering
from streams.batches import Outgoing
from streams.endpoint import worker_probes
from streams.partitions import clock_key, folded_key
from streams.producer import fitting
from streams.timekeeping import Timekeeper
from tests.streams.fakes import NAMES, FakeWorker, World
from tests.streams.test_timekeeping import NOWHERE
from tests.support import TENANT, at, envelope, free_ports, site, tick

GOOD, BAD = site(), msgspec.structs.replace(site(), id="bad")


def count(minute: float, vacant: int) -> SiteCounted:
    return SiteCounted(**envelope(minute, content=(vacant,)), vacant=vacant)


def world() -> World:
    made = World(GOOD, BAD)
    made.say("", tick(0))
    for place in (GOOD, BAD):
        made.say(place.key, count(1, 40))
    return made


def shown(worker: FakeWorker, place_id: str) -> int | None:
    return worker.world.redis.live[TENANT, place_id].vacant


NAIVE = msgspec.msgpack.encode([3, {}, {"src/a": "2026-05-04T10:00:00"}])
POISON = [
    b"", b"\x00", b"not ours", b"\xff" * 40, b"[]", b"{}", b"\x90", b"\xc0", b"\x91\xc0", b"\x91\xa1x", b"\x91" * 5_000,
    msgspec.msgpack.encode([99]), msgspec.msgpack.encode([3, "counts"]), msgspec.msgpack.encode([3, {"nobody": []}]),
    msgspec.msgpack.encode([-1]), msgspec.msgpack.encode([2**63]), NAIVE, encode_state(PlaceState())[:-2],
    encode_state(PlaceState(spaces=b"odd")), encode_state(PlaceState(lanes=LaneLedger(pulses=b"odd"))),
    encode_state(PlaceState(lanes=LaneLedger(pulses=b"\xff" * 25))),
    encode_state(PlaceState(last_counts={"src/a": at(0).replace(year=9999)})),
]  # fmt: skip


@pytest.mark.parametrize("poison", POISON)
async def test_a_row_that_cannot_be_read_costs_its_place_alone(poison: bytes) -> None:
    made = world()
    await (await made.worker().start()).fold_all()
    made.kafka.rows[NAMES.changelog].append((BAD.key.encode(), poison))
    worker = await made.worker().start()
    assert worker.metric("placelibre_places_begun_anew_total", reason="malformed_row") == 1
    made.say("", tick(2))
    await worker.fold_all()
    assert (shown(worker, GOOD.id), shown(worker, BAD.id)) == (40, None)
    made.say(BAD.key, count(3, 7))
    await worker.fold_all()
    assert shown(worker, BAD.id) == 7, "it begins anew with the next word"
    again = await made.worker().start()
    assert not again.losses.latest, "and its row has been written over"


@pytest.mark.parametrize(
    "key", [b"\xff\xfe/bad", b"#clock/x/y", b"#folded/", b"#clock/\xff/0", b"#folded/999999999999", b"#what", b"", None]
)
async def test_a_row_under_a_key_that_is_none_is_left_out(key: bytes) -> None:
    made = world()
    await (await made.worker().start()).fold_all()
    worker = made.worker()
    worker.state_table.data[key] = b"poison"
    await worker.start()
    made.say("", tick(2))
    await worker.fold_all()
    assert (shown(worker, GOOD.id), shown(worker, BAD.id)) == (40, 40)


async def test_without_a_readable_position_or_clock_a_partition_is_folded_again() -> None:
    made = world()
    await (await made.worker().start()).fold_all()
    made.kafka.rows[NAMES.changelog] += [(folded_key(0), b"poison"), (clock_key(TENANT, 0), b"poison")]
    worker = await made.worker().start()
    assert sorted(worker.losses.latest) == [f"#clock/{TENANT}/0", "#folded/0"]
    await worker.fold_all()
    assert (shown(worker, GOOD.id), shown(worker, BAD.id)) == (40, 40)


async def test_a_row_that_kafka_will_never_take_costs_its_place_alone(caplog: pytest.LogCaptureFixture) -> None:
    made = world()
    worker = await made.worker().start()
    await worker.fold_all()
    made.kafka.max_bytes = 600
    (partition,) = worker.ownership.partitions.values()
    held = partition.state.places[BAD.key]
    held.state = msgspec.structs.replace(held.state, last_counts={f"src/{n}": at(0) for n in range(200)})
    with caplog.at_level(logging.ERROR):
        for place in (GOOD, BAD):
            made.say(place.key, count(2, 11))
        await worker.fold_all()
        made.say("", tick(3))
        await worker.fold_all()
    assert (shown(worker, GOOD.id), shown(worker, BAD.id)) == (11, None)
    assert worker.world.redis.live[TENANT, BAD.id].faults == (Fault.NEVER_OBSERVED,)
    assert worker.metric("placelibre_places_begun_anew_total", reason="refused_row") == 1
    assert sum(BAD.key in record.getMessage() for record in caplog.records) == 1
    latest = dict(made.kafka.rows[NAMES.changelog])
    assert table_rows.decode_state(latest[BAD.key.encode()]).counts == {}
    made.say(BAD.key, count(4, 5))
    await worker.fold_all()
    assert shown(worker, BAD.id) == 5
    made.kafka.max_bytes = 1_000_000
    assert (await made.worker().start()).states() == worker.states()


async def test_what_the_history_cannot_take_is_left_out_and_counted() -> None:
    made = world()
    worker = await made.worker().start()
    made.kafka.max_bytes = 1_000
    refused = [make_reject(TENANT, "src", RejectReason.LATE, "too late", b"x" * size, at(0)) for size in (5_000, 5)]
    await worker.kafka.history(0, (), refused)
    assert [key for key, _ in made.kafka.rows[NAMES.rejects]] == [refused[1].reject_id.encode()]
    assert worker.metric("placelibre_rows_refused_total", topic=NAMES.rejects) == 1


async def test_health_says_which_place_was_begun_anew_and_stays_well() -> None:
    made = world()
    made.kafka.rows[NAMES.changelog] = [(BAD.key.encode(), b"poison")]
    worker = await made.worker().start()
    probes = worker_probes(worker.ownership, worker.meters, Timekeeper(), NOWHERE, worker.losses)
    health = probes.health()
    assert health.is_well
    assert "begins anew" in str(health.document["begun_anew"])
    where = ("127.0.0.1", free_ports())
    async with answering(probes, where):
        found = await _process(f"127.0.0.1:{where[1]}")
    assert (found.state, BAD.key in found.detail) == ("bad", True)
    assert (await _process(f"127.0.0.1:{where[1]}")).state == "note"


def test_a_record_that_kafka_would_never_take_is_kept_as_a_reject_and_holds_nothing_up() -> None:
    small, large = (Outgoing(NAMES.catalogue, GOOD.key.encode(), b"x" * size) for size in (900_000, 1_100_000))
    assert fitting(small, NAMES.rejects) is small
    instead = fitting(large, NAMES.rejects)
    assert instead is not None
    reject = decode_reject(instead.value)
    assert (instead.topic, reject.tenant, reject.raw_length) == (NAMES.rejects, TENANT, 1_100_000)
    assert "fewer corners" in reject.detail
    assert fitting(large._replace(topic=NAMES.rejects), NAMES.rejects) is None
