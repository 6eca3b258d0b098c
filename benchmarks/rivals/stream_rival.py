"""What the stream benchmark asks of whoever runs in it.

Every rival does the same whole path in a process of its own: consume observations (JSON), fold them (the last writer
wins a space; a zone counts its free spaces, a site says its count), keep the state if it can, send a message to the
topic of changes for each changed place, and write the live value into Redis under a revision guard
(``stream_guard.lua``), together with how far the partition has come. A rival is a program; what is here says how to
start it and how to watch it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import redis

HERE = Path(__file__).parent
GUARD = HERE / "stream_guard.lua"
LIVE, DONE = "bench:live", "bench:done"
Say = Callable[[str], None]


class Job(NamedTuple):
    """One run: which servers, which topics, whose group, where to keep files, and where the observations end."""

    kafka: str
    redis: str
    namespace: str
    changes: str
    group: str
    state_dir: Path
    ends: tuple[int, ...]
    last_tick_us: int

    def as_environment(self) -> dict[str, str]:
        """What a rival's program reads: ``BENCH_KAFKA`` and so on."""
        fields = {
            "kafka": self.kafka,
            "redis": self.redis,
            "topic": f"{self.namespace}.observations",
            "changes": self.changes,
            "group": self.group,
            "state_dir": self.state_dir,
            "partitions": len(self.ends),
        }
        return {f"BENCH_{name.upper()}": str(value) for name, value in fields.items()}


class StreamRival(Protocol):
    """A worker that can be started, and watched through Redis."""

    @property
    def name(self) -> str:
        """Short, as for ``--only``."""

    @property
    def durable(self) -> bool:
        """Whether its state survives the loss of its process and disk."""

    @property
    def keeps(self) -> str:
        """Where its state is, for people."""

    @property
    def at_most(self) -> int | None:
        """How many events it is given at most; None: all. Who is a hundred times slower gets a slice."""

    def unavailable(self) -> str | None:
        """Why it cannot run here, and what would help; None where it can."""

    def command(self, job: Job) -> list[str]:
        """The program and its arguments."""

    def environment(self, job: Job) -> Mapping[str, str]:
        """What to add to its environment."""

    def begun(self, client: "redis.Redis", job: Job) -> bool:
        """Whether anything of it shows in Redis; asked often."""

    def folded(self, client: "redis.Redis", job: Job) -> int:
        """How many of the topic's records show in Redis by now, the closing ticks included."""

    def finished(self, client: "redis.Redis", job: Job) -> bool:
        """Whether all of them do; asked often."""

    def vacant(self, client: "redis.Redis") -> dict[str, int | None]:
        """What Redis says of each place."""


@dataclass(frozen=True)
class Program:
    """A rival that writes with ``bench_apply``: a partition's next offset in ``bench:done``, the values in live."""

    name: str
    durable: bool
    keeps: str
    start: Callable[[Job], list[str]]
    lacks: Callable[[], str | None]
    at_most: int | None = None

    def unavailable(self) -> str | None:
        """See StreamRival."""
        return self.lacks()

    def command(self, job: Job) -> list[str]:
        """See StreamRival."""
        return self.start(job)

    def environment(self, job: Job) -> Mapping[str, str]:
        """See StreamRival."""
        return job.as_environment()

    def begun(self, client: "redis.Redis", job: Job) -> bool:
        """See StreamRival."""
        return bool(client.exists(DONE))

    def folded(self, client: "redis.Redis", job: Job) -> int:
        """See StreamRival."""
        return sum(map(int, client.hvals(DONE)))

    def finished(self, client: "redis.Redis", job: Job) -> bool:
        """See StreamRival."""
        return self.folded(client, job) >= sum(job.ends)

    def vacant(self, client: "redis.Redis") -> dict[str, int | None]:
        """See StreamRival."""
        live: dict[bytes, bytes] = client.hgetall(LIVE)  # type: ignore[assignment]
        return {place.decode(): int(value.split()[1]) for place, value in live.items()}
