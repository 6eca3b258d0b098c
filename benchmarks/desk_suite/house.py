"""A Kafka and a Valkey of its own, and a real desk over them, whose memory and CPU are watched."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psutil

from benchmarks.desk_suite.city import TENANT
from ops.desk_access import make_link
from ops.local import stack
from ops.settings import Settings, load_settings
from tests.support import ROOT, free_ports

_PATIENCE_S = 60
_ALARMS_S = 120


class DeskProcess:
    """A desk that runs. ``log`` is where it writes what went wrong."""

    def __init__(self, settings: Settings, process: psutil.Process, log: Path) -> None:
        self.settings, self.log, self._process = settings, log, process
        self.url = f"http://{settings.desk_listen}"
        self.highest_mb = 0.0

    async def come_in(self, name: str) -> tuple[str, str]:
        """Name and value of the cookie of a session: what the one-time local link gives whoever opens it first."""
        link = await make_link(self.settings, TENANT, name)
        async with httpx.AsyncClient() as client:
            answer = await client.get(link)
        if not client.cookies:
            raise SystemExit(f"the desk let nobody in: {answer.status_code} {answer.text[:300]}")
        return next(iter(client.cookies.items()))

    async def wait_for_alarms(self) -> None:
        """Until the watcher has raised what is wrong: some of it must last for a minute before it is an alarm."""
        name, value = await self.come_in("waiting")
        async with asyncio.timeout(_ALARMS_S), httpx.AsyncClient(cookies={name: value}) as client:
            alarms: list[object] = []
            while not alarms:
                await asyncio.sleep(2)
                alarms = (await client.get(f"{self.url}/v1/desk/overview")).json()["alarms"]
        await asyncio.sleep(5)

    def cpu_s(self) -> float:
        """CPU seconds so far."""
        return sum(self._process.cpu_times()[:2])

    def mb(self) -> float:
        """Memory now."""
        return self._process.memory_info().rss / 1e6

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Keep the most memory it has while the block lasts."""
        self.highest_mb = 0.0
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        while True:
            self.highest_mb = max(self.highest_mb, self.mb())
            await asyncio.sleep(0.2)


@contextlib.contextmanager
def servers() -> Iterator[Settings]:
    """Settings of servers that run for the block."""
    with tempfile.TemporaryDirectory(prefix="placelibre-bench-") as folder:
        port = free_ports()
        settings = load_settings(
            kafka=f"127.0.0.1:{port}", redis=f"redis://127.0.0.1:{port + 2}/0", data_dir=Path(folder) / "servers",
            desk_listen=f"127.0.0.1:{free_ports()}", tenant=TENANT,
        )  # fmt: skip
        stack.up(settings, lambda _: None, attached=True)
        try:
            yield settings
        finally:
            stack.down(settings)


@contextlib.contextmanager
def desk(settings: Settings) -> Iterator[DeskProcess]:
    """A desk over them, ready."""
    env = {
        "PLACELIBRE_KAFKA": settings.kafka, "PLACELIBRE_REDIS": settings.redis, "PLACELIBRE_TENANT": TENANT,
        "PLACELIBRE_NAMESPACE": settings.namespace, "PLACELIBRE_DESK_LISTEN": settings.desk_listen or "",
        "PLACELIBRE_DATA_DIR": str(settings.data_dir), "PLACELIBRE_RATE_LIMIT": "0",
        "PLACELIBRE_ADDRESS_CONNECTIONS": "10000",
    }  # fmt: skip
    log = settings.data_dir / "desk.log"
    with log.open("ab") as said:
        running = subprocess.Popen(
            [sys.executable, "-m", "ops", "desk", "run"], cwd=ROOT, env=os.environ | env, stdout=said, stderr=said
        )
    try:
        _wait(f"http://{settings.desk_listen}/readyz", running, log)
        yield DeskProcess(settings, psutil.Process(running.pid), log)
    finally:
        running.terminate()
        running.wait(20)


def _wait(url: str, running: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url).status_code == 200:
                return
        if running.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"the desk did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)
