"""Bytewax: a stateful operator keyed by place, its recovery store on, a Kafka sink and a Redis sink.

A program of its own, started by ``benchmarks.stream`` in Bytewax's virtual environment. ``stateful_batch`` is what
``stateful_map`` is made of, and lets a place answer once a batch; snapshots of changed places go to SQLite every
second. Bytewax keeps no order between keys, so the Redis sink tells how many records of a partition it has seen.
"""

import os
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any, NamedTuple

import bytewax.operators as op
import msgspec
import redis
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

LIVE, CHANGES, DONE, KEPT = "bench:live", "bench:changes", "bench:done", 100_000
BATCH, EPOCH_S = 5_000, 1


class Observed(msgspec.Struct):
    """The fields of an observation that the fold asks for."""

    type: str
    device_id: str
    observed_at: datetime
    state: str = ""
    vacant: int = 0


class Folded(NamedTuple):
    """What a place makes of a batch; ``vacant`` is None where nothing was newer."""

    partition: int
    records: int
    offset: int
    vacant: int | None
    observed_at: datetime


decode = msgspec.json.Decoder(Observed).decode


class Place(StatefulBatchLogic[Any, Folded, Any]):
    """The last that each space said, and how many are free."""

    def __init__(self, resumed: tuple[dict[str, tuple[datetime, bool]], int] | None) -> None:
        spaces, self.vacant = resumed or ({}, 0)
        self.spaces = spaces

    def on_batch(self, values: list[KafkaSourceMessage[Any, Any]]) -> tuple[list[Folded], bool]:
        """Fold a batch; one answer for all of it."""
        news = False
        for message in values:
            seen = decode(message.value)
            news |= self.fold(seen)
        last = values[-1]
        vacant = self.vacant if news else None
        return [Folded(last.partition or 0, len(values), last.offset or 0, vacant, seen.observed_at)], False

    def fold(self, seen: Observed) -> bool:
        """Whether this observation was newer than what was held."""
        held = self.spaces.get(seen.device_id)
        if seen.type == "clock_ticked" or (held is not None and held[0] >= seen.observed_at):
            return False
        free = seen.state == "free"
        self.spaces[seen.device_id] = (seen.observed_at, free)
        if seen.type == "site_counted":
            self.vacant = seen.vacant
        else:
            self.vacant += free - (held[1] if held is not None else 0)
        return True

    def snapshot(self) -> tuple[dict[str, tuple[datetime, bool]], int]:
        """What the recovery store keeps."""
        return dict(self.spaces), self.vacant


class Live(StatelessSinkPartition[tuple[str, Folded]]):
    """One function call a batch and partition."""

    def __init__(self) -> None:
        self.client = redis.Redis.from_url(os.environ["BENCH_REDIS"])
        self.seen: Counter[int] = Counter()

    def write_batch(self, items: list[tuple[str, Folded]]) -> None:
        """See StatelessSinkPartition."""
        places: defaultdict[int, list[Any]] = defaultdict(list)
        for place, folded in items:
            self.seen[folded.partition] += folded.records
            rows = places[folded.partition]
            if folded.vacant is not None:
                rows += place.partition("/")[2], folded.offset, folded.vacant
        for partition, rows in places.items():
            arguments = [partition, self.seen[partition], KEPT, *rows]
            self.client.fcall("bench_apply", 3, LIVE, CHANGES, DONE, *arguments)


class LiveSink(DynamicSink[tuple[str, Folded]]):
    """The live state in Redis."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> Live:
        """See DynamicSink."""
        return Live()


def key_of(message: KafkaSourceMessage[Any, Any]) -> str:
    """The place; a tick is about none."""
    return message.key.decode() if message.key else f"@clock/{message.partition}"


def change(item: tuple[str, Folded]) -> KafkaSinkMessage[Any, Any] | None:
    """A change as it is published, where there is one."""
    key, folded = item
    if folded.vacant is None:
        return None
    document = {
        "place": key.partition("/")[2],
        "vacant": folded.vacant,
        "observed_at": folded.observed_at,
        "offset": folded.offset,
    }
    return KafkaSinkMessage(key.encode(), msgspec.json.encode(document))


brokers = [os.environ["BENCH_KAFKA"]]
flow = Dataflow("bench")
observations = op.input("observations", flow, KafkaSource(brokers, [os.environ["BENCH_TOPIC"]], batch_size=BATCH))
keyed = op.key_on("place", observations, key_of)
folded = op.stateful_batch("fold", keyed, Place)
op.output("changes", op.filter_map("changed", folded, change), KafkaSink(brokers, os.environ["BENCH_CHANGES"]))
op.output("live", folded, LiveSink())

if __name__ == "__main__":
    from datetime import timedelta
    from pathlib import Path

    store = Path(os.environ["BENCH_STATE_DIR"])
    store.mkdir(parents=True, exist_ok=True)
    init_db_dir(store, 1)
    cli_main(flow, epoch_interval=timedelta(seconds=EPOCH_S), recovery_config=RecoveryConfig(store))
