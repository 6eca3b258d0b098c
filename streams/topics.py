"""Every topic, on one page. Created explicitly, before anything else starts: brokers are run without auto-creation.

| topic                      | key            | value                          | partitions | kept          |
|----------------------------|----------------|--------------------------------|------------|---------------|
| `NS.observations`          | `tenant/place` | Observation (JSON)             | N          | 7 days        |
| `NS.changes`               | `tenant/place` | Change (JSON)                  | N          | 7 days (1)    |
| `NS.rejects`               | reject id      | Reject (JSON)                  | N          | 30 days       |
| `NS.catalogue`             | `tenant`, `tenant/place`, `tenant/signs/ID` | Tenant, Place, Sign (JSON) | 1 | compact |
| `NS.decisions`             | `tenant/subject` | DecisionEntry (JSON)         | N          | 90 days (1)   |
| `NS-places-changelog`      | `tenant/place`, `#clock/tenant/partition` | PlaceState, Clock (msgpack) | N | compacted |

(1) not compacted: it is the history.

NS is the namespace of the settings, "placelibre" unless told otherwise. N is `partitions` of the settings, and must be
the same for observations and changelog: the Table's value lives in the partition of the observation that wrote it.

All use LogAppendTime: event times of a recording of 2011 would otherwise be deleted by retention at once. A
`ClockTicked` has no key and is sent to each partition by number.
"""

import asyncio
import logging
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from parking.errors import ParkingError
from streams.access import access_options
from streams.closing import closed
from streams.shapes import find_faults, find_grown, read_shapes

log = logging.getLogger(__name__)
SEEN_PATIENCE_S = 20.0
_DAY_MS = 24 * 3600 * 1000
TABLE = "places"
COMPACTION = (
    ("segment.bytes", str(32 * 1024 * 1024)),
    ("segment.ms", str(10 * 60 * 1000)),
    ("min.cleanable.dirty.ratio", "0.1"),
)
"""How the changelog is kept short."""


class TopicsError(ParkingError):
    """A topic is missing or has the wrong shape; the message says how to mend it."""


class TopicNames(NamedTuple):
    """The topics of one namespace."""

    observations: str
    changes: str
    rejects: str
    catalogue: str
    decisions: str
    changelog: str


def names_of(namespace: str) -> TopicNames:
    """The topic names of a namespace."""
    return TopicNames(
        observations=f"{namespace}.observations",
        changes=f"{namespace}.changes",
        rejects=f"{namespace}.rejects",
        catalogue=f"{namespace}.catalogue",
        decisions=f"{namespace}.decisions",
        changelog=f"{namespace}-{TABLE}-changelog",
    )


def _topics(namespace: str, partitions: int, replication: int) -> list[NewTopic]:
    names = names_of(namespace)
    stamped = {"message.timestamp.type": "LogAppendTime"}
    compacted = {**stamped, "cleanup.policy": "compact"}
    # By default Kafka compacts only what lies behind a segment of 1 GiB or a week, and a restart would read all of it.
    quickly = {**compacted, **dict(COMPACTION)}
    week, month, quarter = ({**stamped, "retention.ms": str(days * _DAY_MS)} for days in (7, 30, 90))
    shapes = [
        (names.observations, partitions, week),
        (names.changes, partitions, week),
        (names.rejects, partitions, month),
        (names.catalogue, 1, compacted),
        (names.decisions, partitions, quarter),
        (names.changelog, partitions, quickly),
    ]
    return [NewTopic(name, count, replication, topic_configs=configs) for name, count, configs in shapes]


async def create_topics(bootstrap: str, namespace: str, partitions: int, replication: int = 1) -> list[str]:
    """Create the topics that are missing and return their names once all are listed; others are checked, not changed.

    Raises TopicsError where an existing topic is not as it must be (``streams.shapes``), KafkaError where Kafka
    refuses.
    """
    wanted = _topics(namespace, partitions, replication)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **access_options(bootstrap), request_timeout_ms=10_000)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [topic for topic in wanted if topic.name not in existing]
        created = []
        if missing:
            reply = await admin.create_topics(missing)
            for name, code, *rest in reply.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise TopicsError(f"Kafka refused to create topic {name}: {error.__name__} {rest}")
                if not code:
                    created.append(name)
            await _until_seen(admin, {topic.name for topic in wanted})
        await _check(admin, [topic for topic in wanted if topic.name not in created])
    finally:
        await closed(admin.close())
    return created


async def _until_seen(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """A busy broker lists a topic a moment after it has said that it is there."""
    try:
        async with asyncio.timeout(SEEN_PATIENCE_S):
            while not names <= set(await admin.list_topics()):  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise TopicsError(f"Kafka does not list its new topics after {SEEN_PATIENCE_S:.0f} s: try again") from error


async def count_partitions(bootstrap: str, topic: str) -> int:
    """How many partitions a topic has. Raises TopicsError where there is none of that name."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **access_options(bootstrap), request_timeout_ms=10_000)
    try:
        await admin.start()
        if topic not in await admin.list_topics():
            raise TopicsError(f"there is no topic {topic}: start a worker once, or check PLACELIBRE_NAMESPACE")
        return len((await admin.describe_topics([topic]))[0]["partitions"])
    finally:
        await closed(admin.close())


class TopicsFound(NamedTuple):
    """What is wrong with the topics there are, which are missing, and which were given more partitions since."""

    faults: list[str]
    missing: list[str]
    grown: list[str]


async def look_at_topics(bootstrap: str, namespace: str, partitions: int) -> TopicsFound:
    """Whether all topics are there and as they must be; nothing is created. Raises KafkaError, OSError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **access_options(bootstrap), request_timeout_ms=4_000)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        wanted = _topics(namespace, partitions, 1)
        shapes = await read_shapes(admin, [topic.name for topic in wanted if topic.name in existing])
    finally:
        await closed(admin.close())
    missing = [topic.name for topic in wanted if topic.name not in existing]
    return TopicsFound(find_faults(wanted, shapes), missing, find_grown(wanted, shapes))


async def _check(admin: AIOKafkaAdminClient, topics: list[NewTopic]) -> None:
    shapes = await read_shapes(admin, [topic.name for topic in topics])
    if faults := find_faults(topics, shapes):
        raise TopicsError("; ".join(faults))
    if grown := find_grown(topics, shapes):
        log.warning("%s", grown_since(grown))


def grown_since(names: list[str]) -> str:
    """That topics were given more partitions, and what to do."""
    return (
        f"{', '.join(names)} was given more partitions than the settings say: those it was made with are used, as "
        f"before, and nothing is lost; what other programs write into the new ones is not read. Kafka takes none away: "
        f"to be rid of them see docs/operate.md, Partitions"
    )
