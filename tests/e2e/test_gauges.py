"""What Prometheus is told while a worker waits: an alert cannot ring over gauges that stand still with it."""

from __future__ import annotations

import re

import httpx

from ops.local import process
from tests.conftest import House
from tests.support import free_ports, wait_for


def test_the_clocks_age_grows_while_redis_is_away(house: House) -> None:
    probes = f"127.0.0.1:{free_ports()}"
    house.env["PLACELIBRE_METRICS"] = probes
    file = house.log.with_name("lemans.json")
    file.write_text('{"name": "Le Mans"}')
    house.start_worker()
    house.run("city", "set", file, "--tenant", "lemans")

    def age_s() -> float:
        try:
            text = httpx.get(f"http://{probes}/metrics").text
        except httpx.HTTPError:
            return 0.0
        return max(map(float, re.findall(r"^placelibre_clock_age_seconds{.*lemans.*} (\S+)", text, re.M)), default=0.0)

    wait_for("the clock of Le Mans", lambda: 0 < age_s() < 10, 60)
    process.find("valkey", house.settings.data_dir).kill()
    wait_for("an age that no tick has brought down", lambda: age_s() > 20, 60)
