"""A road with software signs, a city whose numbers a test writes, and controllers that come and go."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from parking.catalogue.model import Place, Tenant
from parking.decisions.acting import DecisionNow, pair
from parking.decisions.chain import LoggedEntry, check_chains
from parking.published.availability import Availability, CategoryCount, Change
from parking.published.level import fill_level
from parking.signs.model import LineRule, Sign, SignLine, TediOptions
from parking.signs.status import AlarmKind, SignStatus
from parking.signs.words import SignProtocol
from parking.words import Audience, Basis, ClockBasis, Opening
from store.connecting import open_redis
from store.sign_status import read_status
from store.writer import LiveWriter
from streams.decided import read_decided
from tests.conftest import House
from tests.support import ROOT, free_ports, wait_for

CITY = "testville"


def ntcip_sign(number: int, port: int, **more: Any) -> Sign:
    """A software sign of one line, that counts the place of the same number."""
    rule = LineRule(dwell_s=more.pop("dwell_s", 1))
    fields = {
        "tenant": CITY, "id": f"N{number}", "name": f"Sign {number}", "protocol": SignProtocol.NTCIP,
        "address": f"127.0.0.1:{port}", "is_software": True,
        "lines": (SignLine(number=1, legend="COMMERCE", places=(f"p{number}",), rule=rule),),
    }  # fmt: skip
    return Sign(**fields | more)


def tedi_sign(number: int, port: int, **more: Any) -> Sign:
    """A software TEDI sign, likewise."""
    return ntcip_sign(number, port, id=f"T{number}", protocol=SignProtocol.TEDI, tedi=TediOptions(timeout_s=1), **more)


class Road:
    """Signs, their servers and controllers. ``count`` writes numbers as a worker would."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder
        self.first_port = free_ports()
        self.door = self.first_port
        self.signs: list[Sign] = []
        self._offset = 0
        self._running: list[subprocess.Popen[bytes]] = []
        house.create_topics()

    def ports(self, count: int) -> list[int]:
        """Ports of their own for so many signs."""
        taken = []
        for _ in range(count):
            kept = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            kept.bind(("127.0.0.1", 0))
            taken.append(kept)
        ports = [each.getsockname()[1] for each in taken]
        for each in taken:
            each.close()
        return ports

    def declare(self, signs: Iterable[Sign]) -> None:
        """An inventory, and a place for each number that it counts."""
        self.signs = list(signs)
        names = sorted({place for sign in self.signs for place in sign.members})
        places = [Place(tenant=CITY, id=name, name=name, capacity=400) for name in names]

        async def write() -> None:
            client = open_redis(self.house.settings.redis, connect_s=3, reply_s=10)
            city = Tenant(id=CITY, clock=ClockBasis.WALL, zone="Europe/Paris")
            entries = [(city, (1, 1)), *((place, (1, 2)) for place in places), *((sign, (1, 3)) for sign in self.signs)]
            await LiveWriter(client, 1).apply_catalogue(CITY, entries)
            await client.aclose()

        asyncio.run(write())

    def count(self, numbers: dict[str, int | None], valid_s: float = 900) -> None:
        """New numbers, known until then; None is unknown."""
        now = datetime.now(UTC)
        self._offset += 1
        changes = [
            Change(CITY, name, _said(vacant, now, valid_s, self._offset), now) for name, vacant in numbers.items()
        ]

        async def write() -> None:
            client = open_redis(self.house.settings.redis, connect_s=3, reply_s=10)
            await LiveWriter(client, 1).apply_changes(CITY, 0, changes, None)
            await client.aclose()

        asyncio.run(write())

    def start_signs(self) -> subprocess.Popen[bytes]:
        """All software signs in a process of theirs."""
        return self._start("software", "signs", "software", "--tenant", CITY, "--door", str(self.door))

    def start_controller(self, name: str = "controller", **env: str) -> subprocess.Popen[bytes]:
        """A controller."""
        return self._start(name, "signs", "run", "--tenant", CITY, **env)

    def _start(self, name: str, *words: str, **env: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", "ops", *words], cwd=ROOT, env=os.environ | self.house.env | env,
                stdout=log, stderr=log,
            )  # fmt: skip
        self._running.append(started)
        return started

    def tell(self, sign: str, **said: Any) -> dict[str, Any]:
        """Through the door: throw a switch, or look."""
        with socket.create_connection(("127.0.0.1", self.door), timeout=5) as talk:
            talk.sendall(json.dumps({"sign": sign, **said}).encode() + b"\n")
            return json.loads(talk.makefile().readline())

    def shows(self, sign: str) -> str:
        """The text on its face; empty where it is dark."""
        try:
            seen = self.tell(sign)
        except OSError:
            return "?"
        text = seen["text"] if isinstance(seen["text"], str) else " ".join(seen["text"].values())
        return "" if seen["is_dark"] else text

    def wait_until_shown(self, sign: str, text: str, patience_s: float = 30) -> float:
        """Seconds until its face has that text; an empty one: until it is dark."""
        began = time.monotonic()
        try:
            wait_for(f"{sign} with {text!r}", lambda: self._has(sign, text), patience_s)
        except BaseException:
            for log in sorted(self.folder.glob("*.log")):
                print(log.name, log.read_text(errors="replace")[-4000:])
            print(self.shows(sign))
            raise
        return time.monotonic() - began

    def _has(self, sign: str, text: str) -> bool:
        shown = self.shows(sign)
        return text in shown if text else shown == ""

    def status(self) -> dict[str, SignStatus]:
        """What the controller says of each sign."""

        async def read() -> dict[str, SignStatus]:
            client = open_redis(self.house.settings.redis, connect_s=3, reply_s=10)
            try:
                return await read_status(client, CITY)
            finally:
                await client.aclose()

        return asyncio.run(read())

    def alarms(self, sign: str) -> set[AlarmKind]:
        """What the controller says is the matter with a sign."""
        status = self.status().get(sign)
        return {alarm.kind for alarm in status.alarms} if status else set()

    def logged(self) -> list[LoggedEntry]:
        """The whole record of decisions."""

        async def read() -> list[LoggedEntry]:
            at = self.house.settings
            return [one async for one in read_decided(at.kafka, at.namespace)]

        return asyncio.run(read())

    def decided(self, subject: str) -> list[DecisionNow]:
        """What was decided about a line, in order, and what came of each."""
        logged = self.logged()
        assert check_chains((one.entry.link, one.value) for one in logged) == []
        return [one for one in pair(each.event for each in logged) if one.decision.subject == subject]

    def stop(self) -> None:
        """End all that was started."""
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.wait()


def _said(vacant: int | None, now: datetime, valid_s: float, offset: int) -> Availability:
    return Availability(
        vacant=vacant, vacant_low=vacant, vacant_high=vacant, capacity=400, opening=Opening.OPEN,
        level=fill_level(vacant, vacant, 400, Opening.OPEN),
        by_category={} if vacant is None else {Audience.PUBLIC: CategoryCount(vacant, 400)},
        observed_at=now, valid_until=now + timedelta(seconds=valid_s), basis=None if vacant is None else Basis.COUNTED,
        revision=(1, offset),
    )  # fmt: skip
