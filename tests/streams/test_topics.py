import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from ops.feeding import open_producer
from streams.partitions import clock_key, clock_tenant, partition_of
from streams.reading import open_topic
from streams.topics import TopicsError, count_partitions, create_topics, look_at_topics, names_of
from tests.conftest import House


async def test_topics_are_created_once_with_their_shapes(house: House) -> None:
    kafka, namespace = house.settings.kafka, house.settings.namespace
    assert sorted(await create_topics(kafka, namespace, 3)) == sorted(names_of(namespace))
    assert await create_topics(kafka, namespace, 3) == []
    assert await count_partitions(kafka, names_of(namespace).observations) == 3
    assert await count_partitions(kafka, names_of(namespace).catalogue) == 1
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        for name, policy in zip(
            names_of(namespace), ["delete", "delete", "delete", "compact", "delete", "compact"], strict=True
        ):
            reply = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
            configs = {entry[0]: entry[1] for entry in reply[0].resources[0][4]}
            assert configs["message.timestamp.type"] == "LogAppendTime"
            assert configs["cleanup.policy"] == policy
    finally:
        await admin.close()


async def test_another_partition_count_is_refused_with_the_way_out(house: House) -> None:
    await create_topics(house.settings.kafka, house.settings.namespace, 3)
    with pytest.raises(TopicsError, match="PLACELIBRE_PARTITIONS=3"):
        await create_topics(house.settings.kafka, house.settings.namespace, 4)


async def test_a_topic_changed_behind_our_back_is_refused_or_named(house: House) -> None:
    kafka, names = house.settings.kafka, names_of(house.settings.namespace)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    other = names_of("made-by-hand").catalogue
    await admin.create_topics([NewTopic(other, 1, 1, topic_configs={"cleanup.policy": "delete"})])
    try:
        with pytest.raises(
            TopicsError, match=r"--add-config cleanup\.policy=compact,message\.timestamp\.type=LogAppendTime`"
        ) as refused:
            await create_topics(kafka, "made-by-hand", 3)
        assert "message.timestamp.type=CreateTime" in str(refused.value)
        await create_topics(kafka, house.settings.namespace, 3)
        await admin.create_partitions({names.observations: NewPartitions(5)})
        await admin.create_partitions({names.changes: NewPartitions(4)})
        async with asyncio.timeout(20):  # a busy broker tells of them a moment later
            while len((found := await look_at_topics(kafka, house.settings.namespace, 3)).grown) < 2:
                await asyncio.sleep(0.1)
    finally:
        await admin.close()
    assert found == ([], [], [names.observations, names.changes])
    key = b"testville/p2"
    assert partition_of(key, 5) == 4, "by Kafka's own count it would be where nobody reads"
    async with open_producer(house.settings.model_copy(update={"partitions": 3})) as producer:
        await producer.send_raw(key, b"{}")
    async with open_topic(kafka, names.observations) as reader:
        assert [record.partition async for record in reader.read()] == [partition_of(key, 3)]


async def test_a_topic_that_is_not_there_is_named(house: House) -> None:
    with pytest.raises(TopicsError, match=r"no topic nowhere\.rejects"):
        await count_partitions(house.settings.kafka, "nowhere.rejects")


@given(st.text(min_size=1), st.integers(1, 64))
def test_our_partition_is_the_one_every_producer_chooses(key: str, count: int) -> None:
    if key.startswith(("#clock/", "#folded/")):
        return
    data = key.encode("utf-8", "ignore") or b"x"
    everywhere = list(range(count))
    assert partition_of(data, count) == DefaultPartitioner()(data, everywhere, everywhere)


def test_a_clock_row_stays_in_its_partition_and_names_its_tenant() -> None:
    key = clock_key("nantes-2011", 3)
    assert partition_of(key, 4) == 3
    assert clock_tenant(key) == "nantes-2011"
