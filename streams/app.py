"""The Faust app: one agent, one Table, one timer. The agent is a sentence; what it says is decided in ``parking``."""

import asyncio
import os
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, cast

import faust
import redis.asyncio as aioredis
from faust.channels import Channel
from faust.streams import Stream
from faust.types import EventT, StreamT

from parking.batch import Record
from parking.codec import encode_event
from parking.words import ClockBasis
from store.writer import LiveWriter
from streams.catalogue_follower import CatalogueFollower
from streams.folding import Folding
from streams.outputs import Outputs, PlacesTable
from streams.producer import make_tick
from streams.retry import log
from streams.topics import TABLE, names_of

MAX_BATCH = 1_000
TICK_S = 5.0
EXIT_BROKEN = 70
STOP_PATIENCE_S = 10.0


class WorkerApp(faust.App):
    """An app that stops in time. It waits for the batch in hand, but not for ever for a Redis that is away."""

    async def on_stop(self) -> None:
        """Stop kindly; a batch that cannot be written by then is left unacknowledged and will be read again."""
        asyncio.get_running_loop().call_later(STOP_PATIENCE_S, _give_up)
        await super().on_stop()


def _give_up() -> None:
    log.warning("a batch could not be written in %.0f s; it will be read again after the next start", STOP_PATIENCE_S)
    os._exit(0)


def create_app(bootstrap: str, namespace: str, partitions: int, epoch: int, live: "aioredis.Redis") -> faust.App:
    """The worker's app, ready to run. Topics must exist (``topics.create_topics``)."""
    names = names_of(namespace)
    app = WorkerApp(
        namespace,
        broker=f"kafka://{bootstrap}",
        store="memory://",
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
    folding = Folding(table, Outputs(changes, rejects, LiveWriter(live, epoch)), partitions, epoch)
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
        await folding.follower.catch_up()
        batch: list[EventT[bytes]] = []
        arrived = cast(Stream[bytes], stream).noack()
        async for event in arrived.events():
            batch.append(event)
            if len(batch) < MAX_BATCH and not cast(Channel[bytes], arrived.channel).queue.empty():
                continue
            await _fold_or_die(folding, batch)
            batch = []

    @app.timer(TICK_S, name="tick")  # type: ignore[untyped-decorator]
    async def tick() -> None:
        """Every partition that this worker owns hears the time of each tenant that lives by the wall clock."""
        owned = sorted(tp.partition for tp in app.consumer.assignment() if tp.topic == names.observations)
        await folding.check(owned)
        now = datetime.now(UTC)
        for tenant in folding.follower.tenants.values():
            if tenant.clock is ClockBasis.WALL:
                value = encode_event(make_tick(tenant.id, now, ClockBasis.WALL))
                for partition in owned:
                    await observations.send(value=value, partition=partition)

    return app


async def _fold_or_die(folding: Folding, batch: list[EventT[bytes]]) -> None:
    """Fold a batch and acknowledge it. On a bug the process ends without acknowledging, so that nothing is lost."""
    try:
        ordered = sorted(batch, key=lambda event: (event.message.partition, event.message.offset))
        for partition, events in groupby(ordered, key=lambda event: event.message.partition):
            await folding.fold(partition, [_record(event) for event in events])
        for event in batch:
            event.ack()
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
