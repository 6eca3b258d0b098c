"""Our worker alone, live: places declared under the wall clock, observations made now, changes read as they come."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import redis.asyncio as aioredis
from aiokafka import AIOKafkaProducer

from benchmarks.rivals.stream_rival import Job
from benchmarks.stream_suite.machine import Worker
from benchmarks.stream_suite.roster import Placelibre
from benchmarks.stream_suite.work import PER_ZONE, SOURCE, TENANT, ZONES, places
from ops.settings import Settings
from parking.catalogue.model import Catalogue, Tenant, place_key
from parking.instants import to_us
from parking.words import ClockBasis
from store.changes import decode_live
from store.keys import keys_of
from streams.partitions import partition_of
from streams.producer import ObservationProducer
from streams.topics import create_topics

_LINE = (
    '{"type":"space_observed","event_id":"%016x","tenant":"%s","source":"%s","device_id":"%s",'
    '"observed_at":"%s","received_at":"%s","time_basis":"device","state":"%s"}'
)
_number = itertools.count()


class Seen(NamedTuple):
    """A change that Redis handed over: the place, and the newest observation in it, microseconds since 1970."""

    place: str
    observed_us: int


def now_us() -> int:
    """The wall clock: what an observation says of itself."""
    return to_us(datetime.now(UTC))


async def declare(settings: Settings, namespace: str) -> None:
    """Topics of a namespace, and the places, in a tenant that lives by the wall clock."""
    await create_topics(settings.kafka, namespace, settings.partitions)
    async with ObservationProducer(settings.kafka, namespace, settings.partitions, Catalogue()) as producer:
        await producer.declare(Tenant(id=TENANT, clock=ClockBasis.WALL), places())


def worker(settings: Settings, namespace: str, core: set[int]) -> Worker:
    """Our worker for that namespace; started by ``with``."""
    state_dir = settings.data_dir / namespace
    state_dir.mkdir(parents=True, exist_ok=True)
    ends = (0,) * settings.partitions
    job = Job(settings.kafka, settings.redis, namespace, "", namespace, state_dir, ends, 0)
    ours = Placelibre()
    return Worker(ours.command(job), ours.environment(job), settings.data_dir / f"{namespace}.log", core)


@contextlib.asynccontextmanager
async def sending(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that waits for nobody before it sends."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", linger_ms=0)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def observe(producer: AIOKafkaProducer, topic: str, zone: int, slot: int, free: bool) -> int:
    """One observation of a space, made this moment; returns that moment in microseconds."""
    at = now_us()
    stamp = datetime.fromtimestamp(at / 1e6, UTC).isoformat()
    state = "free" if free else "occupied"
    line = _LINE % (next(_number), TENANT, SOURCE, f"z{zone}s{slot}", stamp, stamp, state)
    await producer.send(topic, line.encode(), place_key(TENANT, f"z{zone}").encode())
    return at


async def observe_all(producer: AIOKafkaProducer, topic: str) -> None:
    """Every space of every zone once."""
    for zone, slot in itertools.product(range(ZONES), range(PER_ZONE)):
        await observe(producer, topic, zone, slot, bool(slot & 1))
    await producer.flush()


async def follow(client: "aioredis.Redis", after: str) -> AsyncIterator[list[Seen]]:
    """The changes after an id of the stream, as they come, for ever; an empty list where a second brought nothing."""
    stream = keys_of(TENANT).changes
    while True:
        reply: Any = await client.xread({stream: after}, count=1_000, block=1_000)
        found = []
        entries = reply[0][1] if reply else []
        after = entries[-1][0] if entries else after
        for _, fields in entries:
            if b"place" in fields:
                newest = decode_live(fields[b"value"]).observed_at
                found.append(Seen(fields[b"place"].decode(), to_us(newest) if newest else 0))
        yield found


async def last_id(client: "aioredis.Redis") -> str:
    """Where the stream of changes ends now."""
    last: Any = await client.xrevrange(keys_of(TENANT).changes, count=1)
    return str(last[0][0], "utf-8") if last else "0-0"


def zone_of_each_partition(partitions: int) -> dict[int, int]:
    """A zone in each partition."""
    return {partition_of(place_key(TENANT, f"z{zone}").encode(), partitions): zone for zone in range(ZONES)}
