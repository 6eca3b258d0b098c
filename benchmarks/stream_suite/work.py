"""The work of the stream benchmark: a made-up city, what its sensors say, and what must come of it."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ops.settings import Settings
from parking.catalogue.model import Catalogue, Device, Place, PlaceKind, Space, Tenant
from parking.instants import to_us
from parking.observations import Observation, SiteCounted, SpaceObserved, make_event_id
from parking.words import ClockBasis, SpaceState, TimeBasis
from streams.producer import ObservationProducer
from streams.topics import create_topics, names_of

TENANT, SOURCE = "bench", "bench"
ZONES, PER_ZONE, SITES = 500, 100, 100
START = datetime(2026, 5, 4, tzinfo=UTC)
STEP = timedelta(milliseconds=50)
"""A space so speaks about every 40 minutes: no sensor here flaps."""
_CHUNK = 20_000


class Load(NamedTuple):
    """Observations that lie in Kafka: how many, up to which offsets, the last tick, and what is then true."""

    namespace: str
    events: int
    ends: tuple[int, ...]
    last_tick_us: int
    truth: dict[str, int]


def places() -> list[Place]:
    """500 zones of 100 spaces, and 100 sites."""
    zones = [
        Place(
            tenant=TENANT, id=f"z{z}", name=f"zone {z}", kind=PlaceKind.ZONE,
            spaces=tuple(Space(id=str(s)) for s in range(PER_ZONE)),
            devices=tuple(
                Device(source=SOURCE, id=f"z{z}s{s}", slot=s, valid_for_s=7 * 86_400) for s in range(PER_ZONE)
            ),
        )
        for z in range(ZONES)
    ]  # fmt: skip
    sites = [
        Place(
            tenant=TENANT,
            id=f"c{c}",
            name=f"site {c}",
            capacity=500,
            devices=(Device(source=SOURCE, id=f"c{c}", valid_for_s=7 * 86_400),),
        )
        for c in range(SITES)
    ]
    return zones + sites


def events(count: int, seed: int) -> Iterator[Observation]:
    """One event in fifty is a count, the others are single spaces; each a moment after the one before."""
    chance = random.Random(seed)
    states = (SpaceState.FREE, SpaceState.OCCUPIED)
    for number in range(count):
        at = START + number * STEP
        of_site = chance.random() < 0.02
        device = (
            f"c{chance.randrange(SITES)}" if of_site else f"z{chance.randrange(ZONES)}s{chance.randrange(PER_ZONE)}"
        )
        base = {
            "event_id": make_event_id(SOURCE, device, at),
            "tenant": TENANT, "source": SOURCE, "device_id": device,
            "observed_at": at, "received_at": at, "time_basis": TimeBasis.DEVICE,
        }  # fmt: skip
        if of_site:
            yield SiteCounted(**base, vacant=chance.randrange(500))  # type: ignore[arg-type]
        else:
            yield SpaceObserved(**base, state=chance.choice(states))  # type: ignore[arg-type]


class Truth:
    """What is true after all that was seen: free spaces heard of in a zone, the last count of a site."""

    def __init__(self) -> None:
        self._last: dict[str, Observation] = {}

    def see(self, observations: Iterable[Observation]) -> None:
        """Keep the newest of each device."""
        for seen in observations:
            held = self._last.get(seen.device_id)
            if held is None or held.order < seen.order:
                self._last[seen.device_id] = seen

    def vacant(self) -> dict[str, int]:
        """By place; one that was never heard of is not in it."""
        numbers: dict[str, int] = {}
        for device, seen in self._last.items():
            if isinstance(seen, SiteCounted):
                numbers[device] = seen.vacant
            elif isinstance(seen, SpaceObserved):
                zone = device.partition("s")[0]
                numbers[zone] = numbers.get(zone, 0) + (seen.state is SpaceState.FREE)
        return numbers


async def produce(settings: Settings, namespace: str, count: int, seed: int) -> Load:
    """Declare the places, send the events and the tick that closes them, into topics of that namespace."""
    end = START + count * STEP
    await create_topics(settings.kafka, namespace, settings.partitions)
    truth, source = Truth(), events(count, seed)
    async with ObservationProducer(settings.kafka, namespace, settings.partitions, Catalogue()) as producer:
        await producer.declare(Tenant(id=TENANT, clock=ClockBasis.EVENT), places())
        for start in range(0, count, _CHUNK):
            chunk = [next(source) for _ in range(min(_CHUNK, count - start))]
            truth.see(chunk)
            await producer.send(chunk)
        await producer.tick(TENANT, end, ClockBasis.EVENT)
    ends = await end_offsets(settings, names_of(namespace).observations)
    return Load(namespace, count, ends, to_us(end), truth.vacant())


async def end_offsets(settings: Settings, topic: str) -> tuple[int, ...]:
    """Where each partition of a topic ends."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    await consumer.start()
    try:
        found = await consumer.end_offsets([TopicPartition(topic, n) for n in range(settings.partitions)])
    finally:
        await consumer.stop()
    return tuple(offset for _, offset in sorted(found.items()))


async def create_topic(settings: Settings, name: str) -> None:
    """A topic with as many partitions as the observations have."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, settings.partitions, 1)])
    finally:
        await admin.close()
