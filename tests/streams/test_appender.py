"""Against a real Kafka: what it will never take costs that row, and the others stand in their order."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.appender import Appender, Row, RowRefusedError
from streams.reading import open_topic
from tests.conftest import House


async def read(bootstrap: str, topic: str) -> list[Row]:
    async with open_topic(bootstrap, topic) as opened:
        return [(record.key, record.value or b"") async for record in opened.read()]


async def test_a_row_that_kafka_refuses_is_replaced_or_left_out_and_the_others_stand_in_order(house: House) -> None:
    kafka, topic = house.settings.kafka, f"{house.settings.namespace}.small"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": "3000"})])
    await admin.close()
    rows = [(b"a", b"1"), (b"big", b"x" * 5_000), (b"b", b"2"), (b"huge", b"x" * 2_000_000), (b"c", b"3")]
    asked: list[bytes | None] = []

    def instead(row: Row, reason: str) -> Row | None:
        assert "MessageSizeTooLarge" in reason
        asked.append(row[0])
        return (b"big", b"small") if row[0] == b"big" else None

    appender = Appender(kafka)
    try:
        placed = await appender.append(topic, 0, rows, instead)
        assert (placed.first, placed.end, asked) == (0, 4, [b"big", b"huge"])
        assert await read(kafka, topic) == [(b"a", b"1"), (b"big", b"small"), (b"b", b"2"), (b"c", b"3")]
        for stubborn in (None, lambda row, reason: row):
            with pytest.raises(RowRefusedError, match=topic):
                await appender.append(topic, 0, [rows[1]], stubborn)
        assert (await appender.append(topic, 0, [(b"d", b"4")])).first == 4, "and the connection goes on"
    finally:
        await appender.close()
