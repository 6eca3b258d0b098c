"""The city that ``make attack`` attacks: calm car parks, one that is in for it, a worker and a gateway."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import httpx
import redis

from ops.feeding import open_producer
from ops.settings import Settings
from parking.catalogue.model import Device, Place, Tenant
from parking.observations import Observation, SiteCounted
from parking.words import ClockBasis
from streams.appender import Appender, Row
from tests.conftest import ROOT, House
from tests.support import TENANT, envelope, free_ports, site, wait_for

CALM = 3
PATIENCE_S = 25.0


class PlayedError(Exception):
    """Something did not hold; the message says what."""


def calm(number: int) -> Place:
    """A car park that nobody attacks."""
    return site(id=f"calm{number}", devices=(Device(source="src", id=f"k{number}"),), name=f"Calm {number}")


GATES = site(id="gates", name="Gates", devices=(Device(source="src", id="in"), Device(source="src", id="desk")))
"""The car park that is attacked: lanes, and somebody who counts."""


class City:
    """Servers, a worker and a gateway; use as ``with``. Everything it starts it ends."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.house = House(settings, folder)
        self.settings, self.vacant = self.house.settings, 10
        self.probes, self.listen = f"127.0.0.1:{free_ports()}", f"127.0.0.1:{free_ports()}"
        self.worker: subprocess.Popen[bytes] | None = None
        self._gateway: subprocess.Popen[bytes] | None = None
        self.gateway_log = folder / "gateway.log"

    def __enter__(self) -> City:
        self.house.create_topics()
        asyncio.run(self._declare())
        self.house.env["PLACELIBRE_METRICS"] = self.probes
        self.start_worker()
        with self.gateway_log.open("ab") as log:
            self._gateway = subprocess.Popen(
                [sys.executable, "-m", "ops", "serve"], cwd=ROOT, stdout=log, stderr=log,
                env=os.environ | self.house.env | {
                    "PLACELIBRE_LISTEN": self.listen, "PLACELIBRE_TENANT": TENANT, "PLACELIBRE_METRICS": "",
                },
            )  # fmt: skip
        self.require_well("before anything was done", 60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._gateway is not None:
            self._gateway.kill()
            self._gateway.wait()
        self.house.stop()

    async def _declare(self) -> None:
        async with open_producer(self.settings) as producer:
            await producer.declare(
                Tenant(id=TENANT, clock=ClockBasis.WALL), [*(calm(number) for number in range(CALM)), GATES]
            )

    # -- what is done ---------------------------------------------------------------------------------------------

    def start_worker(self) -> None:
        """A worker, in place of one that was there."""
        self.worker = self.house.start_worker()

    def kill_worker(self) -> None:
        """kill -9."""
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()

    def send(self, seen: Iterable[Observation]) -> None:
        """Observations through the front door of Kafka, by a producer that knows the catalogue."""

        async def go() -> None:
            async with open_producer(self.settings) as producer:
                await producer.declare(Tenant(id=TENANT, clock=ClockBasis.WALL), [*map(calm, range(CALM)), GATES])
                await producer.send(seen)

        asyncio.run(go())

    def write(self, topic: str, rows: Iterable[Row], at_once: int = 500) -> None:
        """Rows into partition 0 of a topic, as they are."""

        async def go() -> None:
            appender, left = Appender(self.settings.kafka), list(rows)
            for start in range(0, len(left), at_once):
                await appender.append(topic, 0, left[start : start + at_once])
            await appender.close()

        asyncio.run(go())

    def redis(self) -> redis.Redis:
        """A client of its Valkey."""
        return redis.Redis.from_url(self.settings.redis)

    # -- what is seen ---------------------------------------------------------------------------------------------

    def shown(self, place_id: str) -> int | None:
        """What the gateway says is vacant there; None where that is unknown, -1 where it does not answer."""
        try:
            reply = httpx.get(f"http://{self.listen}/v1/sites/{place_id}", timeout=3)
            return reply.json().get("vacant") if reply.status_code == httpx.codes.OK else -1
        except (httpx.HTTPError, ValueError):
            return -1

    def metric(self, name: str) -> float:
        """The sum of a metric of the worker over its labels; -1 where it does not answer."""
        try:
            lines = httpx.get(f"http://{self.probes}/metrics", timeout=3).text.splitlines()
        except httpx.HTTPError:
            return -1
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    def require_well(self, when: str, patience_s: float = PATIENCE_S) -> float:
        """Every calm car park says a new number, and the gateway shows it; returns after how many seconds."""
        self.vacant = 10 + (self.vacant + 1) % 80
        started = time.monotonic()
        self.send(
            SiteCounted(
                **envelope(device=f"k{number}", content=self.vacant, observed_at=datetime.now(UTC)), vacant=self.vacant
            )
            for number in range(CALM)
        )
        self.until(
            lambda: all(self.shown(f"calm{number}") == self.vacant for number in range(CALM)),
            f"{when}, the others are not answered right within {patience_s:.0f} s", patience_s,
        )  # fmt: skip
        if self.worker is None or self.worker.poll() is not None:
            raise PlayedError(f"{when}, the worker has ended")
        if self._gateway is None or self._gateway.poll() is not None:
            raise PlayedError(f"{when}, the gateway has ended")
        return time.monotonic() - started

    def until(self, check: Callable[[], object], broke: str, patience_s: float = PATIENCE_S) -> None:
        """Wait for it, or say what broke."""
        wait_for(broke, check, patience_s)
