"""Quix Streams: a StreamingDataFrame with state in RocksDB and a changelog topic, and a batching sink to Redis.

A program of its own, started by ``benchmarks.stream`` in Quix Streams' virtual environment. State is kept one key a
space and one a place, below the message's key, so that an event costs two small reads and writes. Changes go out one a
changed event, as ``to_topic`` does; the sink and the changelog are flushed at each checkpoint, once a second.
"""

import os
from typing import Any

import redis
from quixstreams import Application, State
from quixstreams.sinks import BatchingSink, SinkBatch

LIVE, CHANGES, DONE, KEPT = "bench:live", "bench:changes", "bench:done", 100_000
CHECKPOINT_S = 1.0


def fold(seen: dict[str, Any], key: bytes | None, timestamp: int, headers: Any, state: State) -> dict[str, Any]:
    """The last writer wins; what is published of the place, or nothing where nothing is newer."""
    if key is None:
        return {}
    # Without the Z, the times of one zone are in order as text.
    device, when = seen["device_id"], seen["observed_at"][:-1]
    held = state.get(device)
    if held is not None and held[0] >= when:
        return {}
    free = int(seen.get("state") == "free")
    state.set(device, [when, free])
    if seen["type"] == "site_counted":
        vacant = seen["vacant"]
    else:
        vacant = state.get("vacant", 0) + free - (held[1] if held is not None else 0)
        state.set("vacant", vacant)
    return {"place": key.partition(b"/")[2].decode(), "vacant": vacant, "observed_at": seen["observed_at"]}


class LiveSink(BatchingSink):
    """One function call a checkpoint and partition, with the last value of each place."""

    def setup(self) -> None:
        """See BaseSink."""
        self.client = redis.Redis.from_url(os.environ["BENCH_REDIS"])

    def write(self, batch: SinkBatch) -> None:
        """See BatchingSink."""
        latest, reached = {}, 0
        for item in batch:
            reached = item.offset + 1
            if item.value:
                latest[item.value["place"]] = (item.offset, item.value["vacant"])
        rows = [part for place, (offset, vacant) in latest.items() for part in (place, offset, vacant)]
        arguments = [batch.partition, reached, KEPT, *rows]
        self.client.fcall("bench_apply", 3, LIVE, CHANGES, DONE, *arguments)


def main() -> None:
    """Run until stopped."""
    app = Application(
        broker_address=os.environ["BENCH_KAFKA"],
        consumer_group=os.environ["BENCH_GROUP"],
        auto_offset_reset="earliest",
        commit_interval=CHECKPOINT_S,
        state_dir=os.environ["BENCH_STATE_DIR"],
        loglevel="WARNING",
    )
    observations = app.topic(os.environ["BENCH_TOPIC"], value_deserializer="json", key_deserializer="bytes")
    changes = app.topic(os.environ["BENCH_CHANGES"], value_serializer="json", key_serializer="bytes")
    folded = app.dataframe(observations).apply(fold, stateful=True, metadata=True)
    folded[folded.apply(bool)].to_topic(changes)
    folded.sink(LiveSink())
    app.run()


if __name__ == "__main__":
    main()
