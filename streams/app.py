"""The Faust app: one agent, one Table, one timer. The agent is a sentence; what it says is decided in ``parking``."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import faust
import redis.asyncio as aioredis
from faust.channels import Channel
from faust.streams import Stream
from faust.types import EventT, StreamT
from mode.utils.queues import ThrowableQueue

from parking.batch import Record
from parking.codec import encode_event
from parking.words import ClockBasis
from store.writer import LiveWriter
from streams.catalogue_follower import CatalogueFollower
from streams.folding import Folding
from streams.outputs import Outputs, PlacesTable
from streams.producer import make_tick
from streams.retry import AbandonedError, log
from streams.topics import TABLE, names_of

MAX_BATCH = 1_000
TICK_S = 5.0
EXIT_BROKEN = 70
STOP_PATIENCE_S = 10.0


class WorkerApp(faust.App):
    """An app that stops in time. It waits for the batch in hand, but not for ever for a Kafka that is away."""

    async def on_stop(self) -> None:
        """Stop kindly; a batch that cannot be written by then is left unacknowledged and will be read again."""
        asyncio.get_running_loop().call_later(STOP_PATIENCE_S, self._give_up)
        await super().on_stop()

    def must_yield(self) -> bool:
        """Whether what we own may soon be another worker's: then nothing that has failed is tried again."""
        return self.rebalancing or self.should_stop

    def _give_up(self) -> None:
        log.warning("could not stop in %.0f s; what is not acknowledged will be read again", STOP_PATIENCE_S)
        os._exit(EXIT_BROKEN if self.crashed else 0)


def create_app(
    bootstrap: str, namespace: str, partitions: int, epoch: int, live: "aioredis.Redis", data_dir: Path
) -> faust.App:
    """The worker's app, ready to run. Topics must exist (``topics.create_topics``)."""
    names = names_of(namespace)
    app = WorkerApp(
        namespace,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        datadir=data_dir,
        Table=PlacesTable,
        topic_partitions=partitions,
        topic_disable_leader=True,
        topic_allow_declare=False,
        reply_create_topic=False,
        value_serializer="raw",
        key_serializer="raw",
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        broker_session_timeout=6,  # the broker refuses less
        broker_heartbeat_interval=2,
        broker_commit_interval=1.0,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    observations = app.topic(names.observations, value_type=bytes, key_type=bytes)
    changes = app.topic(names.changes, value_type=bytes, key_type=bytes)
    rejects = app.topic(names.rejects, value_type=bytes, key_type=bytes)
    table = cast(PlacesTable, app.Table(TABLE, key_type=bytes, value_type=bytes, partitions=partitions))
    folding = Folding(table, Outputs(changes, rejects, LiveWriter(live, epoch), app.must_yield), partitions, epoch)
    folding.follower = CatalogueFollower(bootstrap, names.catalogue, epoch, folding.learn)

    @app.on_partitions_revoked.connect
    async def suspend(*_: Any, **__: Any) -> None:
        folding.suspend()

    @app.on_rebalance_complete.connect
    async def resume(*_: Any, **__: Any) -> None:
        folding.resume()

    @app.task  # type: ignore[untyped-decorator]
    async def follow_catalogue() -> None:
        await folding.follower.follow()

    @app.agent(observations, name="fold_observations")
    async def fold_observations(stream: StreamT[bytes]) -> None:
        """Read what has arrived, fold it, write it out, acknowledge it."""
        arrived = cast(Stream[bytes], stream).noack()
        queue = cast(Channel[bytes], arrived.channel).queue
        async for event in arrived.events():
            await _fold_or_die(folding, [event, *_waiting(queue)])

    @app.timer(TICK_S, name="tick")  # type: ignore[untyped-decorator]
    async def tick() -> None:
        """Every partition that this worker owns hears the time of each tenant that lives by the wall clock."""
        owned = sorted(tp.partition for tp in app.consumer.assignment() if tp.topic == names.observations)
        with suppress(AbandonedError):
            await folding.check(owned)
        now = datetime.now(UTC)
        for tenant in list(folding.follower.tenants.values()):
            if tenant.clock is ClockBasis.WALL:
                value = encode_event(make_tick(tenant.id, now, ClockBasis.WALL))
                for partition in owned:
                    await observations.send(value=value, partition=partition)

    return app


def _waiting(queue: "ThrowableQueue[EventT[bytes]]") -> Iterator[EventT[bytes]]:
    """What else has arrived, taken without a pause: a rebalance finds nothing half gathered to wait for."""
    for _ in range(MAX_BATCH - 1):
        try:
            yield queue.get_nowait()
        except asyncio.QueueEmpty:
            return


async def _fold_or_die(folding: Folding, batch: list[EventT[bytes]]) -> None:
    """Fold a batch and acknowledge it.

    A batch that was abandoned is not acknowledged, and whoever owns the partition next reads it again. On a bug the
    process ends without acknowledging, so that nothing is lost.
    """
    try:
        ordered = sorted(batch, key=lambda event: (event.message.partition, event.message.offset))
        for partition, events in groupby(ordered, key=lambda event: event.message.partition):
            await folding.fold(partition, [_record(event) for event in events])
        for event in batch:
            event.ack()
    except AbandonedError as error:
        log.warning("%s: given up, because partitions are moving or we are stopping; it will be read again", error)
    except asyncio.CancelledError:
        raise
    except Exception:
        log.critical("a batch could not be folded; stopping before anything is lost", exc_info=True)
        os._exit(EXIT_BROKEN)


def _record(event: EventT[bytes]) -> Record:
    message = event.message
    return Record(
        message.offset,
        (message.key or b"").decode("utf-8", "replace"),
        message.value or b"",
        datetime.fromtimestamp(message.timestamp, UTC),
    )
