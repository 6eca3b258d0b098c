"""A city of 28 car parks that one feed tells of, and a desk that watches it; time is what the test says."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from ops.feeding import open_producer
from parking.catalogue.model import Device, Place, Tenant
from parking.observations import SiteCounted
from parking.words import ClockBasis
from tests.conftest import House
from tests.support import ROOT, TENANT, at, envelope, free_ports, site, wait_for

TOKENS = {
    "dispatch": {"token": "a-token-of-dispatch", "roles": ["operate"]},
    "guest": {"token": "a-token-of-a-guest", "roles": ["view"]},
}
CITY = Tenant(id=TENANT, clock=ClockBasis.EVENT)


def car_parks(count: int = 28) -> list[Place]:
    return [
        site(id=f"p{number}", name=f"P{number}", devices=(Device(source="src", id=f"d{number}", valid_for_s=900),))
        for number in range(count)
    ]


class Watched:
    """The city, its feed, and the desk as a process."""

    def __init__(self, house: House, folder: Path, wall: bool = False, **more: str) -> None:
        self.house, self.port = house, free_ports()
        self._city = Tenant(id=TENANT, clock=ClockBasis.WALL) if wall else CITY
        self.log = folder / "desk.log"
        self._env = os.environ | house.env | {
            "PLACELIBRE_TENANT": TENANT, "PLACELIBRE_DESK_LISTEN": f"127.0.0.1:{self.port}",
            "PLACELIBRE_DESK_TOKENS": json.dumps(TOKENS),
        } | more  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def start_desk(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "ops", "desk", "run"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self._env, stdout=log, stderr=log)

    def stop_desk(self, kill: bool = False) -> int:
        assert self.process is not None
        (self.process.kill if kill else self.process.terminate)()
        return self.process.wait(30)

    def tell(self, counts_at: float | None, tick_at: float | None = None) -> None:
        """Counts of all car parks at a minute, and a tick; the tick has been met when this returns."""

        async def work() -> None:
            async with open_producer(self.house.settings) as producer:
                if counts_at is not None:
                    await producer.declare(self._city, car_parks())
                    await producer.send([SiteCounted(**envelope(counts_at, f"d{n}"), vacant=10 + n) for n in range(28)])
                if tick_at is not None:
                    await producer.tick(TENANT, at(tick_at), ClockBasis.EVENT)

        asyncio.run(work())
        if tick_at is not None:
            self.house.wait_for_clock(TENANT, at(tick_at).isoformat())

    def tell_now(self) -> None:
        """Counts of this moment, for a city that lives by the wall clock; they hold for a quarter of an hour."""

        async def work() -> None:
            now = datetime.now(UTC)
            async with open_producer(self.house.settings) as producer:
                await producer.declare(self._city, car_parks())
                seen = [SiteCounted(**envelope(device=f"d{n}", observed_at=now), vacant=10 + n) for n in range(28)]
                await producer.send(seen)

        asyncio.run(work())
        wait_for("the numbers", lambda: len(self.house.sites(TENANT)) == 28, 60)

    def ask(self, method: str, path: str, body: Any = None, who: str = "dispatch", **headers: str) -> httpx.Response:
        headers["Authorization"] = f"Bearer {TOKENS[who]['token']}"
        return httpx.request(method, f"http://127.0.0.1:{self.port}/v1/desk/{path}", json=body, headers=headers)

    def is_ready(self) -> bool:
        try:
            return self.ask("GET", "alarms").status_code == 200
        except httpx.HTTPError:
            return False

    def watch(self) -> dict[str, Any]:
        watch: dict[str, Any] = self.ask("GET", "alarms").json()["watch"]
        return watch

    def why(self, subject: str) -> str:
        return self.house.run("why", subject, "--tenant", TENANT, check=False).stdout

    def alarms(self, state: str = "any") -> list[dict[str, Any]]:
        try:
            reply = self.ask("GET", f"alarms?state={state}")
        except httpx.HTTPError:
            return []
        return reply.json()["alarms"] if reply.status_code == 200 else []

    def find(self, kind: str, **wanted: Any) -> dict[str, Any] | None:
        for alarm in self.alarms():
            if alarm["kind"] == kind and all(alarm[name] == value for name, value in wanted.items()):
                return alarm
        return None

    def wait(self, kind: str, patience_s: float = 30, **wanted: Any) -> dict[str, Any]:
        try:
            found = wait_for(f"{kind} {wanted}", lambda: self.find(kind, **wanted), patience_s)
        except BaseException:
            print(self.log.read_text(errors="replace")[-4000:], json.dumps(self.alarms(), indent=1)[:4000])
            raise
        assert isinstance(found, dict)
        return found
