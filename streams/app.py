"""The Faust app: one agent, one Table, two timers. The agent is a sentence; what it says is decided in ``parking``."""

import asyncio
import ctypes
import gc
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

import faust
import redis.asyncio as aioredis
from faust.channels import Channel
from faust.streams import Stream
from faust.types import TP, EventT, StreamT
from faust.types.transports import TransportT

from parking.codec import encode_event
from parking.words import ClockBasis
from serving.probes import answering
from store.writer import LiveWriter
from streams.appender import Appender, Row
from streams.catalogue_follower import CatalogueFollower
from streams.endpoint import worker_probes
from streams.examining import LOOK_EVERY_S as LOOK_AT_DEVICES_S
from streams.examining import Examiner
from streams.folding import Folding
from streams.gauging import gauge
from streams.inbox import Arrived, Inbox
from streams.known import KnownCatalogue
from streams.meters import Meters
from streams.outputs import KAFKA_AWAY, Outputs, PlacesTable
from streams.producer import make_tick
from streams.retry import AbandonedError, until_done
from streams.source import FaustSource, take_stock
from streams.topics import TABLE, names_of
from streams.transport import BatchTransport
from streams.watching import LOOK_EVERY_S, STUCK_S, Watch

log = logging.getLogger(__name__)
TICK_S = 5.0
COMMIT_S = 1.0
EXIT_BROKEN = 70
"""A mistake of ours, or a doubt: whatever restarts the process is part of the design."""

STOP_PATIENCE_S = 10.0
_ARENA_MAX = -8
"""M_ARENA_MAX of malloc.h."""


class Plan(NamedTuple):
    """What a worker is told: where Kafka is, whose topics, how many partitions, how to read them, where to be asked.

    ``end`` ends the process at once with an exit code. It is given, because a library must not end its caller's
    process; raising does not do it, for Faust would catch the error and start the agent again.
    """

    bootstrap: str
    namespace: str
    partitions: int
    epoch: int
    transport: str
    data_dir: Path
    metrics_at: tuple[str, int] | None = None
    end: Callable[[int], object] = sys.exit


class WorkerApp(faust.App):
    """An app that takes over its partitions in order and stops in time."""

    inbox: Inbox
    batched_topic: str
    folding: Folding
    stock_transport = False
    end: Callable[[int], object]
    _is_moving = False

    def _new_transport(self) -> TransportT:
        return super()._new_transport() if self.stock_transport else BatchTransport(self.conf.broker_consumer, self)

    def on_rebalance_start(self) -> None:
        """Partitions are revoked; a recovery that is still at work may end before the new ones are assigned."""
        self._is_moving = True
        super().on_rebalance_start()

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await self.folding.suspend()
        self._is_moving = False
        await super()._on_partitions_assigned(assigned, generation_id)

    def on_rebalance_end(self) -> None:
        """Faust has recovered the Table and has done its own seeking: now, and not before, records may be folded."""
        if self._is_moving:
            log.info("a recovery ended while partitions are moving: the next one counts")
            return
        super().on_rebalance_end()
        self.add_future(self._take_over(self.folding.assignment))

    async def _take_over(self, assignment: int) -> None:
        def give_up() -> bool:
            return self.must_yield() or self.folding.assignment != assignment

        with suppress(AbandonedError):
            await self.or_end(
                until_done(lambda: self.folding.resume(assignment), KAFKA_AWAY, "taking over partitions", give_up)
            )
        gc.unfreeze()
        gc.collect()
        gc.freeze()  # what was loaded stays; the collector need not look at it again and again

    async def on_start(self) -> None:
        """See mode."""
        await super().on_start()
        self.add_future(self._watch())

    async def _watch(self) -> None:
        watch, tables = Watch(), cast(Any, self.tables)
        while not self.should_stop:
            await asyncio.sleep(LOOK_EVERY_S)
            progress = self.folding.assignment, dict(tables.recovery.active_offsets)
            if watch.is_stuck(self.folding.is_settled, progress, asyncio.get_running_loop().time()):
                log.critical("partitions were waited for %.0f s and nothing moved: ending, to be started anew", STUCK_S)
                self.end(EXIT_BROKEN)

    async def on_stop(self) -> None:
        """Stop kindly; a batch that cannot be written by then is left as it is and will be read again."""
        asyncio.get_running_loop().call_later(STOP_PATIENCE_S, self._give_up)
        await super().on_stop()

    def must_yield(self) -> bool:
        """Whether what we own may soon be another worker's: then nothing that has failed is tried again."""
        return self.rebalancing or self.should_stop

    def _give_up(self) -> None:
        log.warning("could not stop in %.0f s; what was not finished will be read again", STOP_PATIENCE_S)
        self.end(EXIT_BROKEN if self.crashed else 0)

    async def or_end(self, work: Any) -> None:
        """Await work that must not fail: on a bug the process ends before anything is lost, and says why.

        What was abandoned is not in the Table, and whoever owns the partition next reads it again.
        """
        try:
            await work
        except AbandonedError as error:
            log.warning("%s: given up, because partitions are moving or we are stopping; it will be read again", error)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.critical("stopping before anything is lost: %s", error, exc_info=True)
            self.end(EXIT_BROKEN)


def _collect_seldom() -> None:
    """Records by the ten thousand come and go without a cycle among them; looking for one took a third of the time."""
    gc.set_threshold(200_000, 20, 20)


def _keep_one_heap() -> None:
    """All work is in one thread; heaps for others cost glibc some 15 MB and give nothing."""
    with suppress(OSError, AttributeError):  # another C library, which has no such habit
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def _new_app(plan: Plan) -> WorkerApp:
    return WorkerApp(
        plan.namespace,
        broker=f"kafka://{plan.bootstrap}",
        store="memory://",
        datadir=plan.data_dir,
        Table=PlacesTable,
        topic_partitions=plan.partitions,
        topic_disable_leader=True,
        topic_allow_declare=False,
        reply_create_topic=False,
        value_serializer="raw",
        key_serializer="raw",
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=2 * 1024 * 1024,  # with the inbox's bound, what keeps folding and fetching both busy
        stream_wait_empty=False,  # nothing is acknowledged to Faust; Folding.suspend waits for the batch in hand
        broker_session_timeout=6,  # the broker refuses less
        broker_heartbeat_interval=2,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )


def create_app(plan: Plan, live: "aioredis.Redis", meters: Meters) -> faust.App:
    """The worker's app, ready to run. Topics must exist (``topics.create_topics``)."""
    names = names_of(plan.namespace)
    _collect_seldom()
    _keep_one_heap()
    app = _new_app(plan)
    app.end = plan.end
    app.inbox, app.batched_topic, app.stock_transport = Inbox(), names.observations, plan.transport == "stock"
    observations = app.topic(names.observations, value_type=bytes, key_type=bytes)
    table = cast(PlacesTable, app.Table(TABLE, key_type=bytes, value_type=bytes, partitions=plan.partitions))
    kafka = Appender(plan.bootstrap)
    outputs = Outputs(names, kafka, LiveWriter(live, plan.epoch), meters, app.must_yield)
    source = FaustSource(app, names.observations, names.changelog, app.inbox)
    app.folding = folding = Folding(table, outputs, source, meters, plan.partitions, plan.epoch)
    meters.partitions.set(plan.partitions)
    meters.owned.set_function(lambda: len(folding.partitions))
    folding.follower = CatalogueFollower(plan.bootstrap, names.catalogue, KnownCatalogue(plan.epoch), folding.learn)

    @app.on_partitions_revoked.connect
    async def suspend(*_: Any, **__: Any) -> None:
        await folding.suspend()

    @app.task  # type: ignore[untyped-decorator]
    async def follow_catalogue() -> None:
        await folding.follower.follow()

    @app.task  # type: ignore[untyped-decorator]
    async def examine_devices() -> None:
        examiner = Examiner(folding, live)
        while not app.should_stop:
            await asyncio.sleep(LOOK_AT_DEVICES_S)
            if folding.is_settled:
                await app.or_end(examiner.look())

    @app.task  # type: ignore[untyped-decorator]
    async def answer() -> None:
        async with answering(worker_probes(folding), plan.metrics_at):
            await app.wait_until_stopped()

    @app.agent(observations, name="fold_observations")
    async def fold_observations(stream: StreamT[bytes]) -> None:
        """Read what has arrived, fold it, write it out."""
        arriving = cast(Stream[bytes], cast(Stream[bytes], stream).noack())
        source.queue = cast(Channel[bytes], arriving.channel).queue
        take = _taker(app, source.queue)
        async for bell in arriving.events():
            await app.or_end(folding.fold(take(bell)))

    @app.timer(COMMIT_S, name="commit")  # type: ignore[untyped-decorator]
    async def commit() -> None:
        """What Kafka's own tools see of the worker's progress."""
        if not app.must_yield():
            await folding.commit()

    @app.timer(TICK_S, name="tick")  # type: ignore[untyped-decorator]
    async def tick() -> None:
        """Every partition that this worker owns hears the time of each tenant that lives by the wall clock."""
        now = datetime.now(UTC)
        gauge(folding, app.consumer, names.observations, now)
        with suppress(AbandonedError):
            await folding.check()
            live = [tenant.id for tenant in folding.follower.known.tenants.values() if tenant.clock is ClockBasis.WALL]
            ticks: list[Row] = [(None, encode_event(make_tick(tenant, now, ClockBasis.WALL))) for tenant in live]
            for partition in list(folding.partitions) if ticks else ():
                await outputs.tick(partition, ticks)

    return app


def _taker(app: WorkerApp, queue: "asyncio.Queue[EventT[bytes]]") -> Callable[[EventT[bytes]], Arrived]:
    if app.stock_transport:
        return lambda first: take_stock(first, queue)
    return lambda bell: app.inbox.take()
