"""Real servers for tests: one Kafka and one Valkey for the session, on ports of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from ops.local import stack
from ops.settings import Settings
from tests.support import ROOT, free_ports, placelibre, wait_for


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
            "COLUMNS": "200",
        }
        self.log = tmp_path / "worker.log"
        self._workers: list[subprocess.Popen[bytes]] = []
        redis.Redis.from_url(self.settings.redis).flushall()

    def start_worker(self) -> subprocess.Popen[bytes]:
        """A worker process, not waited for."""
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "ops", "worker"],
                cwd=ROOT,
                env=os.environ | self.env | {"PLACELIBRE_DATA_DIR": str(self.log.parent / "a" / "new" / "folder")},
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
        client = redis.Redis.from_url(self.settings.redis, decode_responses=True)
        from parking.instants import from_us

        def done() -> bool:
            rows = client.hgetall(f"{{{tenant}}}:clock").values()
            times = [from_us(int(row.split()[1])).isoformat() for row in rows]
            return len(times) == self.settings.partitions and all(time == clock for time in times)

        try:
            wait_for(f"the clock of {tenant} at {clock}", done, patience_s)
        finally:
            if self.log.exists():
                print(self.log.read_text(errors="replace")[-3000:])

    def stop(self) -> None:
        """End every worker started here."""
        for worker in self._workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()


@pytest.fixture
def house(servers: Settings, tmp_path: Path) -> Iterator[House]:
    """See House."""
    one = House(servers, tmp_path)
    yield one
    one.stop()
