"""Faust's app as a worker needs it: it takes its partitions over in order, and stops in time."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple, cast

import faust
from faust.auth import Credentials, SASLCredentials, SSLCredentials
from faust.types import TP
from faust.types.transports import TransportT

from streams.access import access_options
from streams.inbox import Inbox
from streams.kafka_watch import CLIENT_ID, LOOK_WHILE_WAITING_S, KafkaWatch
from streams.outputs import PlacesTable
from streams.ownership import Ownership
from streams.retry import AbandonedError
from streams.transport import BatchTransport
from streams.watching import STUCK_S, WATCH_EVERY_S, Watch

log = logging.getLogger(__name__)
EXIT_BROKEN = 70
"""A mistake of ours, or a doubt: whatever restarts the process is part of the design."""

Work = Callable[[], Coroutine[Any, Any, None]]
STOP_PATIENCE_S = 10.0


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


def _credentials(bootstrap: str) -> Credentials | None:
    """The way to Kafka in Faust's words."""
    options = access_options(bootstrap)
    context = options.get("ssl_context")
    if "sasl_mechanism" not in options:
        return SSLCredentials(context) if context is not None else None
    return SASLCredentials(
        username=options["sasl_plain_username"],
        password=options["sasl_plain_password"],
        mechanism=options["sasl_mechanism"],
        ssl_context=context,
    )


def _options(plan: Plan) -> dict[str, Any]:
    """Faust's settings, where they are not its defaults."""
    return {
        "broker": f"kafka://{plan.bootstrap}",
        "broker_credentials": _credentials(plan.bootstrap),
        "store": "memory://",
        "datadir": plan.data_dir,
        "Table": PlacesTable,
        "broker_client_id": CLIENT_ID,
        "topic_partitions": plan.partitions,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "reply_create_topic": False,
        "value_serializer": "raw",
        "key_serializer": "raw",
        "processing_guarantee": "at_least_once",
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": 2 * 1024 * 1024,  # with the inbox's bound, what keeps folding and fetching both busy
        "stream_wait_empty": False,  # nothing is acknowledged to Faust; Ownership.suspend waits for the batch in hand
        "broker_session_timeout": 6,  # the broker refuses less
        "broker_heartbeat_interval": 2,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
    }


class WorkerApp(faust.App):
    """Keeps ``ownership`` in step with Faust's rebalances.

    ``inbox`` is what the batch transport fills with the records of ``batched_topic``. ``recovered`` holds the number of
    each assignment whose Table is whole again; whoever takes it out takes the partitions over.
    """

    def __init__(
        self, plan: Plan, ownership: Ownership, inbox: Inbox, batched_topic: str, kafka_watch: KafkaWatch
    ) -> None:
        self.inbox, self.batched_topic = inbox, batched_topic
        self.recovered: asyncio.Queue[int] = asyncio.Queue()
        self._ownership, self._is_stock = ownership, plan.transport == "stock"
        self._end = plan.end
        self._from_the_start: list[Work] = []
        self._is_moving, self._kafka_watch = False, kafka_watch
        super().__init__(plan.namespace, **_options(plan))
        self.on_partitions_revoked.connect(self._suspend)

    def _new_transport(self) -> TransportT:
        return super()._new_transport() if self._is_stock else BatchTransport(self.conf.broker_consumer, self)

    def on_rebalance_start(self) -> None:
        """Partitions are revoked; a recovery that is still at work may end before the new ones are assigned."""
        self._is_moving = True
        super().on_rebalance_start()

    async def _suspend(self, *_: Any, **__: Any) -> None:
        await self._ownership.suspend()

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await self._ownership.suspend()
        self._is_moving = False
        await super()._on_partitions_assigned(assigned, generation_id)

    def on_rebalance_end(self) -> None:
        """Faust has recovered the Table and has done its own seeking: now, and not before, records may be folded."""
        if self._is_moving:
            log.info("a recovery ended while partitions are moving: the next one counts")
            return
        super().on_rebalance_end()
        self.recovered.put_nowait(self._ownership.assignment)

    async def on_start(self) -> None:
        """See mode."""
        await super().on_start()
        self.add_future(self._watch())
        self.add_future(self._look_while_waiting())
        for work in self._from_the_start:
            self.add_future(work())

    def from_the_start(self, work: Work) -> Work:
        """Have this done from the start on: Faust's own tasks begin once there are partitions."""
        self._from_the_start.append(work)
        return work

    async def _watch(self) -> None:
        watch, tables = Watch(), cast(Any, self.tables)
        while not self.should_stop:
            await asyncio.sleep(WATCH_EVERY_S)
            progress = self._ownership.assignment, dict(tables.recovery.active_offsets)
            if watch.is_stuck(self._ownership.is_settled, progress, asyncio.get_running_loop().time()):
                log.critical(
                    "partitions were waited for %.0f s and nothing moved: ending, to be started anew. %s", STUCK_S,
                    self._kafka_watch.trouble or "Nobody else is in the workers' group",
                )  # fmt: skip
                self._end(EXIT_BROKEN)

    async def _look_while_waiting(self) -> None:
        """Timers run once there are partitions; who keeps them from us is to be known before."""
        while not self.should_stop:
            await asyncio.sleep(LOOK_WHILE_WAITING_S)
            if self._ownership.waiting_s > LOOK_WHILE_WAITING_S:
                await self._kafka_watch.look()

    async def on_stop(self) -> None:
        """Stop kindly; a batch that cannot be written by then is left as it is and will be read again."""
        asyncio.get_running_loop().call_later(STOP_PATIENCE_S, self._give_up)
        await super().on_stop()

    def must_yield(self) -> bool:
        """Whether what we own may soon be another worker's: then nothing that has failed is tried again."""
        return self.rebalancing or self.should_stop

    async def or_end(self, work: Awaitable[object]) -> None:
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
            self._end(EXIT_BROKEN)

    def _give_up(self) -> None:
        log.warning("could not stop in %.0f s; what was not finished will be read again", STOP_PATIENCE_S)
        self._end(EXIT_BROKEN if self.crashed else 0)
