"""The record of decisions as gateways are given it: composed here, because gateways know neither Kafka nor streams."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError

from ops.cities import only_city
from ops.console import live_state
from ops.settings import Settings
from store.keys import decision_keys
from streams.record import Recorder, open_recorder
from streams.shelf import RedisShelf, fill_again
from streams.topics import create_topics

log = logging.getLogger(__name__)
LOOK_BACK = timedelta(days=1)
"""A process that was killed may have recorded decisions that it did not show in Redis any more, of as long as Redis had
been away for it."""


@asynccontextmanager
async def open_record(settings: Settings) -> AsyncIterator[Recorder]:
    """The port ``record`` (a RecordPort) of these settings, for as long as a gateway runs.

    Before it opens, Redis is brought up to what the topic holds, so that a gateway which starts again finds the
    decisions that it left open. Raises KafkaError where Kafka cannot be reached at the start; later it is
    NotRecordedError, a decision at a time.
    """
    await create_topics(settings.kafka, settings.namespace, settings.partitions, settings.replication)
    async with live_state(settings) as client:

        async def fill(has_lost: bool) -> int:
            tenant = settings.tenant or await only_city(settings)
            is_held = not has_lost and await client.exists(decision_keys(tenant).decided)
            since = datetime.now(UTC) - LOOK_BACK if is_held else None
            return await fill_again(settings.kafka, settings.namespace, client, settings.stream_epoch, since)

        is_behind = False
        try:
            await fill(has_lost=False)
        except RedisError as error:
            log.warning("Redis is away, so it does not show the latest decisions until it is back (%s)", error)
            is_behind = True
        async with (
            RedisShelf(client, settings.stream_epoch, fill, is_behind) as shelf,
            open_recorder(settings.kafka, settings.namespace, settings.partitions, shelf) as record,
        ):
            yield record
