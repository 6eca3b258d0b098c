"""The reader of docs/kafka-topics.md, as it stands there: it knows what is free, and what has expired."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.feeding import open_producer
from parking.catalogue.model import Device, Place, Tenant
from parking.observations import SiteCounted, make_event_id
from parking.words import ClockBasis, TimeBasis
from tests.conftest import House
from tests.support import ROOT, wait_for

PAGE = (ROOT / "docs/kafka-topics.md").read_text(encoding="utf-8")
PROGRAM = re.search(r'```python title="free_now.py"\n(.*?)```', PAGE, re.DOTALL)
TENANT = "lecteurs"
NAMES = {"brief": "Parking bref", "long": "Parking long", "mute": "Parking muet"}
HOLDS_S = {"brief": 6, "long": 900, "mute": 900}


async def speak(house: House, now: datetime, **vacant: int) -> None:
    places = [
        Place(tenant=TENANT, id=id_, name=name, capacity=100,
              devices=(Device(source="src", id=id_, valid_for_s=HOLDS_S[id_]),))
        for id_, name in NAMES.items()
    ]  # fmt: skip
    async with open_producer(house.settings) as producer:
        await producer.declare(Tenant(id=TENANT, clock=ClockBasis.WALL), places)
        await producer.send(
            SiteCounted(event_id=make_event_id("src", id_, now, count), tenant=TENANT, source="src", device_id=id_,
                        observed_at=now, received_at=now, time_basis=TimeBasis.DEVICE, vacant=count)
            for id_, count in vacant.items()
        )  # fmt: skip


def test_a_reader_of_the_topics_alone_knows_what_is_free_and_what_has_expired(house: House, tmp_path: Path) -> None:
    assert PROGRAM
    program = tmp_path / "free_now.py"
    program.write_text(PROGRAM[1], encoding="utf-8")

    def read() -> dict[str, str]:
        command = [sys.executable, program, house.settings.kafka, house.settings.namespace, TENANT]
        rows = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
        assert [row.split("\t")[1] for row in rows] == list(NAMES.values())
        return {row.split("\t")[0]: row.split("\t")[2] for row in rows}

    house.create_topics()
    house.start_worker()
    began = datetime.now(UTC)
    asyncio.run(speak(house, began, brief=7, long=11))
    asyncio.run(speak(house, began + timedelta(seconds=1), long=12))

    def is_folded() -> bool:
        return house.sites(TENANT).get("long", {}).get("vacant") == 12

    wait_for("the worker", is_folded)
    wait_for("the limit of the first", lambda: datetime.now(UTC) > began + timedelta(seconds=HOLDS_S["brief"]))
    assert read() == {"brief": "unknown", "long": "12", "mute": "unknown"}
