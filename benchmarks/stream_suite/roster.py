"""Who runs: our worker, and the rivals of ``benchmarks/rivals/stream_*``."""

import sys
from collections.abc import Callable, Mapping

import redis

from benchmarks.rivals import stream_install, stream_java
from benchmarks.rivals.stream_rival import HERE, Job, Program, StreamRival
from benchmarks.stream_suite.work import TENANT
from parking.catalogue.model import place_key
from store.changes import decode_live
from store.keys import keys_of, unpack_revision
from streams.partitions import partition_of


class Placelibre:
    """Our worker as people start it, watched through what it writes for everybody."""

    name = "placelibre"
    durable = True
    keeps = "Table, changelog acknowledged before the offset"
    at_most = None
    _keys = keys_of(TENANT)

    def unavailable(self) -> str | None:
        """See StreamRival."""
        return None

    def command(self, job: Job) -> list[str]:
        """See StreamRival."""
        return [sys.executable, "-m", "ops", "worker"]

    def environment(self, job: Job) -> Mapping[str, str]:
        """See StreamRival."""
        given = {"kafka": job.kafka, "redis": job.redis, "namespace": job.namespace,
                 "partitions": len(job.ends), "data_dir": job.state_dir}  # fmt: skip
        return {f"PLACELIBRE_{name.upper()}": str(value) for name, value in given.items()}

    def begun(self, client: "redis.Redis", job: Job) -> bool:
        """See StreamRival."""
        return bool(client.exists(self._keys.live))

    def folded(self, client: "redis.Redis", job: Job) -> int:
        """See StreamRival; by the offsets in the revisions of the live values."""
        reached = [0] * len(job.ends)
        live: dict[bytes, bytes] = client.hgetall(self._keys.live)  # type: ignore[assignment]
        for place, value in live.items():
            partition = partition_of(place_key(TENANT, place.decode()).encode(), len(job.ends))
            reached[partition] = max(reached[partition], unpack_revision(value)[1] + 1)
        return sum(reached)

    def finished(self, client: "redis.Redis", job: Job) -> bool:
        """See StreamRival: the clock of every partition stands at the closing tick."""
        clocks: list[bytes] = client.hvals(self._keys.clock)  # type: ignore[assignment]
        return [int(clock.split()[1]) for clock in clocks] == [job.last_tick_us] * len(job.ends)

    def vacant(self, client: "redis.Redis") -> dict[str, int | None]:
        """See StreamRival."""
        live: dict[bytes, bytes] = client.hgetall(self._keys.live)  # type: ignore[assignment]
        return {place.decode(): decode_live(value).vacant for place, value in live.items()}


def _stock(job: Job) -> list[str]:
    program = str(HERE / "stream_stock_faust.py")
    return [sys.executable, program, "worker", "--without-web", "--loglevel", "warn"]


def _python(name: str) -> tuple[Callable[[Job], list[str]], Callable[[], str | None]]:
    program = str(HERE / f"stream_{name}.py")
    return (lambda job: [str(stream_install.python_of(name)), program]), (lambda: stream_install.lacks(name))


ROSTER: tuple[StreamRival, ...] = (
    Placelibre(),
    Program("kafka-streams", True, "RocksDB, changelog once a second", stream_java.command, stream_java.lacks),
    Program("faststream", False, "a dict of the process", *_python("faststream")),
    Program("bytewax", True, "SQLite snapshots once a second", *_python("bytewax")),
    Program("quixstreams", True, "RocksDB, changelog once a second", *_python("quixstreams")),
    Program("stock", True, "Tables in memory, changelog", _stock, lambda: None, at_most=10_000),
)
"""Ours first; stock Faust last, since it is the slowest by far."""
