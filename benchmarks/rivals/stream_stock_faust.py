"""Stock Faust, as its documentation teaches it: Records, Tables, one event at a time, Redis from the agent.

A program of its own, started by ``benchmarks.stream`` with the settings of ``stream_rival.Job`` in its environment:

    python benchmarks/rivals/stream_stock_faust.py worker --without-web --loglevel warn

One Table holds each space, another each place's count, so that a changelog record stays small.
"""

import os

import faust
import redis.asyncio as aioredis

LIVE, CHANGES, DONE, KEPT = "bench:live", "bench:changes", "bench:done", 100_000


class Observed(faust.Record):
    """What a device says; the fields of the envelope that nobody asks for are left in the message."""

    type: str
    device_id: str
    observed_at: str
    state: str | None = None
    vacant: int | None = None


class Space(faust.Record):
    """The last that a space said."""

    observed_at: str
    free: bool


class Changed(faust.Record):
    """A place has another number."""

    place: str
    vacant: int
    observed_at: str
    offset: int


partitions = int(os.environ["BENCH_PARTITIONS"])
app = faust.App(
    os.environ["BENCH_GROUP"],
    broker=f"kafka://{os.environ['BENCH_KAFKA']}",
    datadir=os.environ["BENCH_STATE_DIR"],
    topic_partitions=partitions,
    topic_replication_factor=1,
    consumer_auto_offset_reset="earliest",
)
observations = app.topic(os.environ["BENCH_TOPIC"], key_type=str, key_serializer="raw", value_type=Observed)
changes = app.topic(os.environ["BENCH_CHANGES"], key_type=str, key_serializer="raw", value_type=Changed)
spaces = app.Table("spaces", key_type=str, value_type=Space, partitions=partitions)
vacant = app.Table("vacant", key_type=str, default=int, partitions=partitions)
live = aioredis.from_url(os.environ["BENCH_REDIS"])


def fold(place: str, seen: Observed) -> int | None:
    """The last writer wins; the place's number, where this was newer."""
    when = seen.observed_at.removesuffix("Z")
    held = spaces.get(seen.device_id)
    if held is not None and held.observed_at >= when:
        return None
    free = seen.state == "free"
    spaces[seen.device_id] = Space(observed_at=when, free=free)
    if seen.type == "site_counted":
        vacant[place] = seen.vacant or 0
    else:
        vacant[place] += free - (held.free if held is not None else 0)
    return int(vacant[place])


@app.agent(observations)
async def observe(stream: faust.StreamT[Observed]) -> None:
    """One event: Tables, the topic of changes, Redis."""
    async for event in stream.events():
        seen, message, written = event.value, event.message, []
        if seen.type != "clock_ticked":
            place = event.key.partition("/")[2]
            now = fold(place, seen)
            if now is not None:
                change = Changed(place=place, vacant=now, observed_at=seen.observed_at, offset=message.offset)
                await changes.send(key=event.key, value=change)
                written = [place, message.offset, now]
        arguments = [message.partition, message.offset + 1, KEPT, *written]
        await live.fcall("bench_apply", 3, LIVE, CHANGES, DONE, *arguments)


if __name__ == "__main__":
    app.main()
