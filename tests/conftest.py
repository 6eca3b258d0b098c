"""Real servers for tests: one Kafka and one Valkey for the session, on ports of their own."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import settings as examples

from ops.local import kafka, stack, valkey
from ops.settings import Settings
from parking.instants import from_us
from streams.topics import create_topics
from tests.support import ROOT, free_ports, placelibre, wait_for

os.environ["PLACELIBRE_LANG"] = "en"  # whatever the locale here is, tests read one language
os.environ["COLUMNS"] = "200"  # before any console is made: what runs the tests may have no width, or little

examples.register_profile("untimed", deadline=None)  # a busy machine is not a failed example
examples.load_profile("untimed")

REAL = {"servers", "house", "broker"}
"""Fixtures that start a server of another maker: what asks for one is left to the full run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a real server, so that ``make quick`` can leave it out; the rest is quick unless it says not."""
    for item in items:
        if "e2e" in item.path.parts or REAL & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


def pytest_collection_finish() -> None:
    """What was imported stays; to look through it for what tests have left open would take long."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open() -> Iterator[None]:
    """What a module left open is told of there, and not by some other test in whose time it happens to be collected."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running Kafka and Valkey."""
    port = free_ports()
    settings = Settings(
        kafka=f"127.0.0.1:{port}",
        redis=f"redis://127.0.0.1:{port + 2}/0",
        data_dir=tmp_path_factory.mktemp("servers"),
        namespace="warmup",
    )
    stack.up(settings, print, attached=True)
    yield settings
    stack.down(settings)


class House:
    """A namespace of its own on the session's servers, and an empty Redis."""

    def __init__(self, servers: Settings, tmp_path: Path) -> None:
        self.settings = servers.model_copy(update={"namespace": f"t{uuid.uuid4().hex[:8]}"})
        self.env = {
            "PLACELIBRE_KAFKA": self.settings.kafka,
            "PLACELIBRE_REDIS": self.settings.redis,
            "PLACELIBRE_NAMESPACE": self.settings.namespace,
            "PLACELIBRE_DATA_DIR": str(self.settings.data_dir),
            "PLACELIBRE_PARTITIONS": str(self.settings.partitions),
            "PLACELIBRE_HISTORY_DIR": str(tmp_path / "history"),
            "COLUMNS": "200",
        }
        self.log = tmp_path / "worker.log"
        self._workers: list[subprocess.Popen[bytes]] = []
        self._others: list[House] = []
        redis.Redis.from_url(self.settings.redis).flushall()

    def elsewhere(self, name: str, partitions: int) -> House:
        """The same servers under another namespace, and Redis emptied."""
        other = House(self.settings.model_copy(update={"partitions": partitions}), self.log.parent)
        other.log = self.log.with_name(f"{name}.log")
        self._others.append(other)
        return other

    def create_topics(self) -> None:
        """Create the topics without waiting for a worker to do it."""
        at = self.settings
        asyncio.run(create_topics(at.kafka, at.namespace, at.partitions))

    def start_worker(self, fault: str = "") -> subprocess.Popen[bytes]:
        """A worker process, not waited for; with ``fault`` it dies at that point (``streams.faultpoints``)."""
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "ops", "worker"],
                cwd=ROOT,
                env=os.environ
                | self.env
                | {"PLACELIBRE_FAULT": fault, "PLACELIBRE_DATA_DIR": str(self.log.parent / "a" / "new" / "folder")},
                stdout=log,
                stderr=log,
            )
        self._workers.append(worker)
        return worker

    def run(self, *args: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command of ours."""
        return placelibre(self.env, *args, check=check)

    def sites(self, tenant: str) -> dict[str, dict]:
        """``placelibre sites --json`` as places by id; empty where nothing is known yet."""
        done = self.run("sites", "--tenant", tenant, "--json", check=False)
        return {} if done.returncode else {row["id"]: row for row in json.loads(done.stdout)["places"]}

    def wait_for_clock(self, tenant: str, clock: str, patience_s: float = 60) -> None:
        """Wait until every partition has met the tick that ends at ``clock`` (microseconds are not compared)."""
        try:
            wait_for(f"the clock of {tenant} at {clock}", lambda: self.clock_is(tenant, clock), patience_s)
        finally:
            if self.log.exists():
                print(self.log.read_text(errors="replace")[-3000:])

    def clock_is(self, tenant: str, clock: str) -> bool:
        """Whether Redis has every partition of the tenant at ``clock``."""
        with redis.Redis.from_url(self.settings.redis, decode_responses=True) as client:
            rows = client.hgetall(f"{{{tenant}}}:clock").values()
        times = [from_us(int(row.split()[1])).isoformat() for row in rows]
        return len(times) == self.settings.partitions and all(time == clock for time in times)

    def stop(self) -> None:
        """End every worker started here."""
        for other in self._others:
            other.stop()
        for worker in self._workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()


@pytest.fixture
def house(servers: Settings, tmp_path: Path) -> Iterator[House]:
    """See House. Servers that a failed test has left dead are started again for the next."""
    one = House(servers, tmp_path)
    yield one
    one.stop()
    valkey.up(servers, attached=True)
    kafka.up(servers, print, attached=True)
