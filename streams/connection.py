"""One Kafka producer, connected when it is first needed, and anew after it has failed."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer

from streams.access import access_options
from streams.closing import closed


class ProducerConnection:
    """Holds a producer that waits for all replicas and writes nothing twice by itself; ``options`` are aiokafka's.

    An idempotent producer that has failed once may be refused for ever, so whoever sees it fail drops it: the next one
    who asks gets another. Several tasks may share it.
    """

    def __init__(self, bootstrap: str, **options: Any) -> None:
        self._bootstrap, self._options = bootstrap, options
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()

    async def get(self) -> AIOKafkaProducer:
        """The producer, connected. Raises KafkaError where Kafka cannot be reached."""
        async with self._connecting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    acks="all",
                    enable_idempotence=True,
                    **access_options(self._bootstrap),
                    **self._options,
                )
                try:
                    await producer.start()
                except BaseException:
                    await closed(producer.stop())
                    raise
                self._producer = producer
        return self._producer

    async def drop(self, failed: AIOKafkaProducer) -> None:
        """Let go of a producer that has failed; another task that shared it may have done so already."""
        is_ours = self._producer is failed
        if is_ours:
            self._producer = None
            await closed(failed.stop())

    async def close(self) -> None:
        """Let go of Kafka; asking connects again."""
        if self._producer is not None:
            await self.drop(self._producer)
