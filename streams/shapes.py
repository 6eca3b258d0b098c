"""Whether the topics are as they must be. Nothing here changes one: what is wrong is said, with what puts it right.

A topic may have been made by hand, by a broker's habit or for something else, and be found only by what is lost: a
catalogue that is not compacted forgets its places after a week.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

LEAST_MESSAGE_BYTES = 1_000_000
"""A record batch of ours has up to 900,000 bytes (``streams.appender``)."""

_POLICY, _STAMP, _BYTES = "cleanup.policy", "message.timestamp.type", "max.message.bytes"
_WHY = {
    "compact": "its oldest rows would be lost, and what they say with them",
    "delete": "Kafka would keep the last record of each place alone",
}


class TopicShape(NamedTuple):
    """How many partitions a topic has, and its settings as far as they could be read."""

    partitions: int
    settings: Mapping[str, str]


async def read_shapes(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, TopicShape]:
    """The shapes of these topics. Settings that we may not read (an ACL) are left out. Raises KafkaError."""
    names = list(names)
    if not names:
        return {}
    counts = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics(names)}
    settings: dict[str, dict[str, str]] = {}
    try:
        replies = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
        for reply in replies:
            for code, _, _, name, entries in reply.resources:
                settings[name] = {} if code else {entry[0]: entry[1] for entry in entries}
    except KafkaError:
        pass  # without the right to read them nothing can be said of them
    return {name: TopicShape(count, settings.get(name, {})) for name, count in counts.items()}


def find_faults(wanted: Iterable[NewTopic], found: Mapping[str, TopicShape]) -> list[str]:
    """What is wrong with the topics there are, each a sentence that says what to do."""
    wanted = [topic for topic in wanted if topic.name in found]
    faults = [fault for topic in wanted for fault in _faults_of(topic, found[topic.name])]
    return _fault_of_counts([topic for topic in wanted if not _is_single(topic)], found) + faults


def find_grown(wanted: Iterable[NewTopic], found: Mapping[str, TopicShape]) -> list[str]:
    """Topics that have more partitions than they were made with; the first of them are used, as before."""
    there = [topic for topic in wanted if topic.name in found]
    return [topic.name for topic in there if found[topic.name].partitions > topic.num_partitions]


def _fault_of_counts(wanted: list[NewTopic], found: Mapping[str, TopicShape]) -> list[str]:
    if not wanted:
        return []
    counts = {topic.name: found[topic.name].partitions for topic in wanted}
    # A topic can be given more partitions and never fewer: the least is what they all were made with.
    made, asked = min(counts.values()), wanted[0].num_partitions
    if made == asked:
        return []
    grown = ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()) if count > made)
    beside = f" ({grown} was given more since; the first {made} are used)" if grown else ""
    first = min(name for name, count in counts.items() if count == made)
    return [
        f"topic {first} has {made} partitions, settings want {asked}: set PLACELIBRE_PARTITIONS={made} for every "
        f"process{beside}, or choose another PLACELIBRE_NAMESPACE"
    ]


def _faults_of(topic: NewTopic, shape: TopicShape) -> list[str]:
    configs, found = topic.topic_configs, shape.settings
    must = "compact" if _is_compacted(topic) else "delete"
    wrong: dict[str, tuple[str, str]] = {}
    if _POLICY in found and found[_POLICY] != must:
        wrong[_POLICY] = (must, _WHY[must])
    if _STAMP in found and found[_STAMP] != configs[_STAMP]:
        wrong[_STAMP] = (configs[_STAMP], "a time that senders make up would decide what is kept and what is late")
    if _BYTES in found and int(found[_BYTES]) < LEAST_MESSAGE_BYTES:
        wrong[_BYTES] = ("1048588", "large batches would be refused for good")
    if not wrong:
        return []
    said = "; ".join(f"{name}={found[name]} must be {right}, else {why}" for name, (right, why) in wrong.items())
    right = ",".join(f"{name}={value}" for name, (value, _) in wrong.items())
    return [
        f"topic {topic.name} is not as it must be ({said}): put it right with `kafka-configs.sh --bootstrap-server "
        f"$PLACELIBRE_KAFKA --entity-type topics --entity-name {topic.name} --alter --add-config {right}`"
    ]


def _is_single(topic: NewTopic) -> bool:
    return str(topic.name).endswith(".catalogue")


def _is_compacted(topic: NewTopic) -> bool:
    return bool(topic.topic_configs.get(_POLICY) == "compact")
