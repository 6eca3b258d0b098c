"""Topics that are not as they must be are refused or said, each with what puts it right."""

from __future__ import annotations

import pytest

from streams.shapes import TopicShape, find_faults, find_grown
from streams.topics import _topics, names_of

NAMES = names_of("town")
WANTED = _topics("town", 4, 1)
RIGHT = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "1048588"}


def found(**partitions: int) -> dict[str, TopicShape]:
    """All topics as we make them, but for these counts."""
    counts = {"catalogue": 1} | partitions
    return {
        topic.name: TopicShape(counts.get(topic.name.rpartition(".")[2], 4), RIGHT | dict(topic.topic_configs))
        for topic in WANTED
    }


def with_setting(topic: str, name: str, value: str) -> dict[str, TopicShape]:
    shapes = found()
    shapes[topic] = TopicShape(shapes[topic].partitions, {**shapes[topic].settings, name: value})
    return shapes


def test_what_we_make_has_no_fault() -> None:
    assert find_faults(WANTED, found()) == []
    assert find_grown(WANTED, found()) == []


@pytest.mark.parametrize(
    ("topic", "name", "value", "right"),
    [
        (NAMES.catalogue, "cleanup.policy", "delete", "compact"),
        (NAMES.changelog, "cleanup.policy", "delete", "compact"),
        (NAMES.changelog, "cleanup.policy", "compact,delete", "compact"),
        (NAMES.observations, "cleanup.policy", "compact", "delete"),
        (NAMES.changes, "cleanup.policy", "compact,delete", "delete"),
        (NAMES.observations, "message.timestamp.type", "CreateTime", "LogAppendTime"),
        (NAMES.changelog, "max.message.bytes", "65536", "1048588"),
    ],
)
def test_a_wrong_setting_is_named_with_the_command_that_puts_it_right(
    topic: str, name: str, value: str, right: str
) -> None:
    (fault,) = find_faults(WANTED, with_setting(topic, name, value))
    assert f"topic {topic} is not as it must be ({name}={value} must be {right}, else " in fault
    assert f"--entity-name {topic} --alter --add-config {name}={right}" in fault


def test_what_may_not_be_read_is_not_judged() -> None:
    assert find_faults(WANTED, {name: TopicShape(shape.partitions, {}) for name, shape in found().items()}) == []


@pytest.mark.parametrize("name", ["observations", "changes", "rejects", "decisions", "catalogue"])
def test_a_topic_that_was_given_more_partitions_is_used_as_before_and_named(name: str) -> None:
    shapes = found(**{name: 6})
    assert find_faults(WANTED, shapes) == []
    assert find_grown(WANTED, shapes) == [getattr(NAMES, name)]


def test_settings_that_want_what_a_topic_was_given_since_are_told_what_it_was_made_with() -> None:
    (fault,) = find_faults(_topics("town", 6, 1), found(observations=6))
    assert "set PLACELIBRE_PARTITIONS=4 for every process" in fault
    assert "(town.observations (6) was given more since; the first 4 are used)" in fault


@pytest.mark.parametrize("asked", [1, 3, 6])
def test_other_settings_than_the_topics_were_made_with_are_told_which(asked: int) -> None:
    (fault,) = find_faults(_topics("town", asked, 1), found())
    assert f"has 4 partitions, settings want {asked}: set PLACELIBRE_PARTITIONS=4 for every process, or" in fault
