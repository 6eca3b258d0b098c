"""The worker put together: everything is built here, from the bottom up, and nothing is started or changed afterwards.

Ownership ── what is owned          WorkerApp ── Faust, and its rebalances
CatalogueFollower                   Mending ── Redis whole again
TakeOver ── Table → memory          Folding ── Continuity → the fold → BatchWriter
"""

import ctypes
from contextlib import suppress
from typing import cast

import faust
import redis.asyncio as aioredis

from store.writer import LiveWriter
from streams.appender import Appender
from streams.catalogue_follower import CatalogueFollower
from streams.catalogue_news import CatalogueNews
from streams.collecting import collect_seldom
from streams.continuity import Continuity
from streams.examining import Examiner
from streams.folding import Folding
from streams.inbox import Inbox
from streams.kafka_watch import KafkaWatch
from streams.kernel import KERNEL, NATIVE
from streams.known import KnownCatalogue
from streams.losses import Losses
from streams.mending import Mending
from streams.meters import WorkerMeters
from streams.outputs import KafkaOutput, LiveOutput, PlacesTable
from streams.ownership import Ownership
from streams.schedule import Parts, schedule
from streams.source import FaustSource
from streams.taking_over import TakeOver
from streams.timekeeping import Timekeeper
from streams.topics import TABLE, names_of
from streams.worker_app import Plan, WorkerApp
from streams.writing import BatchWriter

_ARENA_MAX = -8
"""M_ARENA_MAX of malloc.h."""


def create_app(plan: Plan, live: "aioredis.Redis", meters: WorkerMeters) -> faust.App:
    """The worker's app, ready to run. Topics must exist (``topics.create_topics``)."""
    collect_seldom()
    _keep_one_heap()
    names, ownership, known = names_of(plan.namespace), Ownership(), KnownCatalogue(plan.epoch)

    watch = KafkaWatch(plan.bootstrap, plan.namespace, plan.partitions)
    app = WorkerApp(plan, ownership, Inbox(), names.observations, watch)
    observations = app.topic(names.observations, value_type=bytes, key_type=bytes)
    table = cast(PlacesTable, app.Table(TABLE, key_type=bytes, value_type=bytes, partitions=plan.partitions))
    source = FaustSource(app, names.observations, names.changelog, app.inbox, plan.partitions)

    kafka = KafkaOutput(names, Appender(plan.bootstrap), meters, app.must_yield)
    redis = LiveOutput(LiveWriter(live, plan.epoch), meters, app.must_yield)

    news = CatalogueNews(ownership, redis)
    follower = CatalogueFollower(plan.bootstrap, names.catalogue, known, news.learn)
    mending = Mending(ownership, redis, known, plan.partitions)
    losses = Losses(meters)
    taking_over = TakeOver(ownership, table, source, follower, mending, meters, losses, plan.partitions, plan.epoch)
    continuity = Continuity(source, meters, app.must_yield)
    writer = BatchWriter(ownership, kafka, redis, mending, table, source, losses, plan.epoch)
    folding = Folding(ownership, continuity, writer, follower, meters, KERNEL, plan.epoch)
    examiner = Examiner(ownership, mending, known.places, meters, live)

    meters.partitions.set(plan.partitions)
    meters.owned.set_function(lambda: len(ownership.partitions))
    meters.native.set(KERNEL is NATIVE)
    parts = Parts(
        app,
        ownership,
        source,
        kafka,
        follower,
        mending,
        taking_over,
        folding,
        examiner,
        meters,
        Timekeeper(),
        watch,
        losses,
    )
    schedule(parts, plan, observations)
    return app


def _keep_one_heap() -> None:
    """All work is in one thread; heaps for others cost glibc some 15 MB and give nothing."""
    with suppress(OSError, AttributeError):  # another C library, which has no such habit
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
