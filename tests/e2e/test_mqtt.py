"""A ground sensor's frame, from a real broker to the live state: catalogue from files, MQTT, Kafka, worker, Redis."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt

from tests.conftest import House
from tests.sensors.brokers import Mosquitto
from tests.support import ROOT, wait_for

EUIS = ("00db1a2b3c4d5e01", "00db1a2b3c4d5e02")
FILES = {
    "sites.csv": "id,name,kind,lon,lat\nrue,Rue du Capteur,zone,-1.5577,47.2131\n",
    "spaces.csv": "zone,space,lon,lat,audiences\nrue,1,-1.5577,47.2131,public\nrue,2,-1.5578,47.2132,disabled\n",
    "devices.csv": "source,device,place,space,valid_from,valid_to,valid_for_s\n"
    + "".join(f"nwave_nps405,{eui},rue,{n},2026-01-01T00:00:00Z,,22500\n" for n, eui in enumerate(EUIS, 1)),
}


def uplink(eui: str, f_cnt: int, payload: str, port: int = 1) -> tuple[str, bytes]:
    """A message of ChirpStack v4, heard now."""
    body = {
        "deduplicationId": f"{eui}-{f_cnt}", "time": datetime.now(UTC).isoformat(), "fPort": port, "fCnt": f_cnt,
        "deviceInfo": {"devEui": eui}, "data": base64.b64encode(bytes.fromhex(payload)).decode(),
    }  # fmt: skip
    return f"application/a/device/{eui}/event/up", json.dumps(body).encode()


async def publish(port: int, *messages: tuple[str, bytes]) -> None:
    async with aiomqtt.Client("127.0.0.1", port) as client:
        for topic, body in messages:
            await client.publish(topic, body, qos=1)


def test_a_frame_reaches_the_live_state_and_what_is_wrong_is_kept(house: House, tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    try:
        house.create_topics()
        for name, text in FILES.items():
            (tmp_path / name).write_text(text)
        house.run("catalogue", "import", *(tmp_path / name for name in FILES), "--tenant", "capteurs")
        house.start_worker()
        command = [sys.executable, "-m", "ops", "mqtt", f"mqtt://127.0.0.1:{broker.port}", "--source", "nwave_nps405",
                   "--tenant", "capteurs"]  # fmt: skip
        with (tmp_path / "mqtt.log").open("wb") as log:
            listening = subprocess.Popen(command, cwd=ROOT, env=os.environ | house.env, stdout=log, stderr=log)
        wait_for("the subscription", lambda: b"connected" in (tmp_path / "mqtt.log").read_bytes(), 30)
        other = uplink(EUIS[0], 0, "ffff", 77)  # what is refused ends the number before it; the next good word heals it
        free, taken = uplink(EUIS[0], 1, "00"), uplink(EUIS[1], 0, "95")
        stranger = uplink("00db1a2b3c4d5eff", 3, "01")
        nonsense = "application/a/device/x/event/up", b"{nonsense"
        asyncio.run(publish(broker.port, other, free, taken, taken, stranger, nonsense))

        def counted() -> bool:
            row = house.sites("capteurs").get("rue", {})
            counts = {need: seen["vacant"] for need, seen in row.get("by_category", {}).items()}
            return counts == {"public": 1, "disabled": 0}

        wait_for("one free space and one taken", counted)

        def reasons() -> list[str]:
            rows = json.loads(house.run("rejects", "list", "--tenant", "capteurs", "--json").stdout)
            return sorted(row["reason"] for row in rows)

        wait_for("three rejects", lambda: reasons() == ["malformed_body", "unknown_site", "unknown_status"])
        audit = house.run("catalogue", "audit", "--tenant", "capteurs", check=False).stdout
        assert "00db1a2b3c4d5eff" in audit
        listening.terminate()
        assert listening.wait(20) == 143
    finally:
        broker.kill()
