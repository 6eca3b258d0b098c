"""What a worker does, and when: one agent, four tasks, three timers. Each is a sentence about parts built before.

Everything here runs in Faust's one event loop. A bug in the work of the agent or of a task ends the process at once
(``WorkerApp.or_end``): what was not finished is not in the Table, and is read again by whoever owns the partition next.
"""

import asyncio
import gc
from contextlib import suppress
from time import monotonic
from typing import NamedTuple, cast

from faust.channels import Channel
from faust.streams import Stream
from faust.types import StreamT, TopicT

from parking.codec import encode_event
from parking.words import ClockBasis
from serving.probes import answering
from streams.appender import Row
from streams.catalogue_follower import CatalogueFollower
from streams.endpoint import worker_probes
from streams.examining import EXAMINE_EVERY_S, Examiner
from streams.folding import Folding
from streams.gauging import StillnessLog, gauge, gauge_clocks, silent_s
from streams.kafka_watch import LOOK_EVERY_S, KafkaWatch
from streams.losses import Losses
from streams.mending import Mending
from streams.meters import WorkerMeters
from streams.outputs import KAFKA_AWAY, KafkaOutput
from streams.ownership import Ownership
from streams.producer import make_tick
from streams.retry import AbandonedError, until_done
from streams.source import Source, take_stock
from streams.taking_over import TakeOver
from streams.timekeeping import Timekeeper
from streams.worker_app import Plan, WorkerApp

TICK_S = 5.0
COMMIT_S = 1.0


class Parts(NamedTuple):
    """A worker, built and not started."""

    app: WorkerApp
    ownership: Ownership
    source: Source
    kafka: KafkaOutput
    follower: CatalogueFollower
    mending: Mending
    taking_over: TakeOver
    folding: Folding
    examiner: Examiner
    meters: WorkerMeters
    timekeeper: Timekeeper
    watch: KafkaWatch
    losses: Losses


def schedule(parts: Parts, plan: Plan, observations: TopicT) -> None:
    """Tell Faust what to run once the app starts."""
    app, silence = parts.app, StillnessLog()

    @app.agent(observations, name="fold_observations")
    async def fold_observations(stream: StreamT[bytes]) -> None:
        """Read what has arrived, fold it, write it out."""
        bells = cast(Stream[bytes], cast(Stream[bytes], stream).noack())
        queue = cast(Channel[bytes], bells.channel).queue
        async for bell in bells.events():
            # Faust carries a bell and our inbox the records (docs/decisions/0003): the event only says that something
            # has arrived. Under the stock transport it is itself the first record, and the queue has the others.
            arrived = take_stock(bell, queue) if plan.transport == "stock" else app.inbox.take()
            await app.or_end(parts.folding.fold(arrived))

    @app.task  # type: ignore[untyped-decorator]
    async def take_over() -> None:
        while not app.should_stop:
            await _take_over(parts, await app.recovered.get())

    @app.task  # type: ignore[untyped-decorator]
    async def follow_catalogue() -> None:
        await app.or_end(parts.follower.follow())

    @app.task  # type: ignore[untyped-decorator]
    async def examine_devices() -> None:
        while not app.should_stop:
            await asyncio.sleep(EXAMINE_EVERY_S)
            if parts.ownership.is_settled:
                await app.or_end(parts.examiner.look())

    @app.from_the_start
    async def answer() -> None:
        async with answering(
            worker_probes(parts.ownership, parts.meters, parts.timekeeper, parts.watch, parts.losses), plan.metrics_at
        ):
            await app.wait_until_stopped()

    @app.timer(COMMIT_S, name="commit")  # type: ignore[untyped-decorator]
    async def commit() -> None:
        """What Kafka's own tools see of the worker's progress."""
        reached = {number: partition.durable_offset for number, partition in parts.ownership.partitions.items()}
        if reached and not app.must_yield():
            await parts.source.commit(reached)

    @app.timer(TICK_S, name="gauge")  # type: ignore[untyped-decorator]
    async def look() -> None:
        """Set the gauges: by a timer of their own, since a tick waits for a Kafka or Redis that is away."""
        now = parts.timekeeper.now().at
        gauge(parts.ownership, parts.source, parts.meters, now, parts.follower.known.inhabited)
        gauge_clocks(parts.timekeeper, parts.meters)
        trouble = parts.timekeeper.find_trouble(parts.ownership)
        parts.timekeeper.note(trouble)
        if trouble is None:
            silence.note(silent_s(parts.ownership, now))

    @app.timer(LOOK_EVERY_S, name="kafka")  # type: ignore[untyped-decorator]
    async def look_at_kafka() -> None:
        await parts.watch.look()

    @app.timer(TICK_S, name="tick")  # type: ignore[untyped-decorator]
    async def tick() -> None:
        await app.or_end(_look_after(parts))


async def _take_over(parts: Parts, assignment: int) -> None:
    """Take the partitions of an assignment over; given up where they are moved again, and then another is recovered."""

    def give_up() -> bool:
        return parts.app.must_yield() or parts.ownership.assignment != assignment

    await parts.app.or_end(
        until_done(lambda: parts.taking_over.take_over(assignment), KAFKA_AWAY, "taking over partitions", give_up)
    )
    gc.unfreeze()
    gc.collect()
    gc.freeze()  # what was loaded stays; the collector need not look at it again and again


async def _look_after(parts: Parts) -> None:
    """Look after Redis, tell the time."""
    with suppress(AbandonedError):
        await parts.mending.check()
        await _tell_the_time(parts)


async def _tell_the_time(parts: Parts) -> None:
    """Every partition that this worker owns hears the time of each tenant that lives by the wall clock."""
    live = [city.id for city in parts.follower.known.tenants.values() if city.clock is ClockBasis.WALL]
    for number in list(parts.ownership.partitions) if live else ():
        (now, leapt), asked_s = parts.timekeeper.now(), monotonic()
        leapt_s = round(leapt.total_seconds())
        ticks: list[Row] = [(None, encode_event(make_tick(tenant, now, ClockBasis.WALL, leapt_s))) for tenant in live]
        logged_ms = (await parts.kafka.tick(number, ticks)).logged_ms
        if monotonic() - asked_s < TICK_S:  # a broker that was away took it late, and says nothing of its clock by that
            parts.timekeeper.logged(now, logged_ms)
