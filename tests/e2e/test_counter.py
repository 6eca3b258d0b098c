"""A car park's lanes, from a real broker to the live state: pulses, a recount, an opening, a barrier that breaks."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt

from tests.conftest import House
from tests.sensors.brokers import Mosquitto
from tests.support import ROOT, wait_for

FILES = {
    "sites.csv": "id,name,kind,lon,lat,capacity\nhalle,Parking de la Halle,site,-1.5577,47.2131,400\n",
    "devices.csv": "source,device,place,space,valid_from,valid_to,valid_for_s\n"
    + "".join(f"counter,{device},halle,,2026-01-01T00:00:00Z,,3600\n" for device in ("in-1", "out-1", "desk")),
}


async def publish(port: int, *events: dict[str, Any]) -> None:
    async with aiomqtt.Client("127.0.0.1", port) as client:
        for one in events:
            await client.publish(f"counters/{one['device']}/events", json.dumps(one).encode(), qos=1)


def test_lanes_reach_the_live_state_with_their_interval_and_a_broken_barrier_takes_the_number(
    house: House, tmp_path: Path
) -> None:
    broker, began = Mosquitto(tmp_path), datetime.now(UTC) - timedelta(seconds=60)

    def said(second: int, device: str, what: str, **fields: Any) -> dict[str, Any]:
        at = began + timedelta(seconds=second)
        return {"device": device, "at": at.isoformat(), "type": what, "seq": second} | fields

    try:
        house.create_topics()
        for name, text in FILES.items():
            (tmp_path / name).write_text(text)
        house.run("catalogue", "import", *(tmp_path / name for name in FILES), "--tenant", "compteurs")
        house.start_worker()
        command = [sys.executable, "-m", "ops", "mqtt", f"mqtt://127.0.0.1:{broker.port}", "--map",
                   "counters/+/events=counter", "--tenant", "compteurs"]  # fmt: skip
        with (tmp_path / "mqtt.log").open("wb") as log:
            listening = subprocess.Popen(command, cwd=ROOT, env=os.environ | house.env, stdout=log, stderr=log)
        wait_for("the subscription", lambda: b"connected" in (tmp_path / "mqtt.log").read_bytes(), 30)

        def shown(*names: str) -> list[Any]:
            row = house.sites("compteurs").get("halle", {})
            return [row.get(name) for name in names]

        def reaches(what: str, *expected: Any) -> None:
            names = ("vacant", "vacant_low", "vacant_high", "basis", "level", "opening", "faults")
            wait_for(what, lambda: shown(*names) == list(expected))

        bad, passed = said(0, "in-1", "lane", entries=-1), said(2, "in-1", "lane", entries=130)  # the recount mends it
        first = [bad, said(1, "desk", "recount", vacant=250), passed, passed, said(4, "out-1", "lane", exits=80)]
        asyncio.run(publish(broker.port, *first, said(5, "desk", "opening", opening="open")))
        # 130 in and 80 out after 250: 200, and of 210 that passed 1 % (three) may be miscounted.
        reaches("the sum and its interval", 200, 197, 203, "derived", "spaces_available", "open", [])

        out_of_service = ["counting_out_of_service"]
        asyncio.run(publish(broker.port, said(6, "in-1", "barrier", barrier="broken")))
        reaches("no number past a broken barrier", None, None, None, None, "unknown", "open", out_of_service)

        by_eye, raised = said(7, "desk", "recount", vacant=188), said(8, "in-1", "barrier", barrier="raised")
        asyncio.run(publish(broker.port, by_eye, raised))
        reaches("a count by eye, beside it", 188, 188, 188, "verified", "spaces_available", "open", out_of_service)

        asyncio.run(publish(broker.port, said(9, "in-1", "lane", entries=0), said(10, "out-1", "lane", exits=1)))
        reaches("the lanes' own sum again", 189, 188, 190, "derived", "spaces_available", "open", [])

        # 150 in, 366 out: 405 of 400 is impossible by 5, and of 517 that passed six may be miscounted.
        many = [said(11, "in-1", "lane", entries=150), said(12, "out-1", "lane", exits=366)]
        asyncio.run(publish(broker.port, *many))
        reaches("the bound", 400, 399, 400, "derived", "spaces_available", "open", ["counter_drift"])

        rejects = json.loads(house.run("rejects", "list", "--tenant", "compteurs", "--json").stdout)
        assert [(row["reason"], row["device_id"]) for row in rejects] == [("negative_count", "in-1")]
        listening.terminate()
        assert listening.wait(20) == 143
    finally:
        broker.kill()
