"""A city whose clock was set ahead before this version came: everybody says so, and one command puts it back."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import redis

from ops.feeding import open_producer
from parking.catalogue.model import Tenant
from parking.clock import Clock
from parking.fold.table_rows import encode_clock
from parking.instants import to_us
from parking.observations import SiteCounted
from parking.words import ClockBasis
from store.keys import keys_of
from streams.appender import Appender
from streams.partitions import clock_key
from streams.topics import names_of
from tests.conftest import House
from tests.support import TENANT, envelope, free_ports, site, wait_for

DAY = timedelta(days=1)


async def set_ahead(house: House) -> None:
    """A day ahead, in the Table and in Redis, as a worker left it whose machine's clock had leapt."""
    ahead = Clock(datetime.now(UTC) + DAY, ClockBasis.WALL)
    appender, changelog = Appender(house.settings.kafka), names_of(house.settings.namespace).changelog
    with redis.Redis.from_url(house.settings.redis) as client:
        for number in range(house.settings.partitions):
            await appender.append(changelog, number, [(clock_key(TENANT, number), encode_clock(ahead))])
            client.hset(keys_of(TENANT).clock, str(number), f"wall {to_us(ahead.at)}")
    await appender.close()
    async with open_producer(house.settings) as producer:
        await producer.declare(Tenant(id=TENANT, clock=ClockBasis.WALL), [site()])
        await producer.send([SiteCounted(**envelope(observed_at=datetime.now(UTC)), vacant=40)])


def test_a_clock_that_is_ahead_is_said_and_taken_back(house: House) -> None:
    probes = f"127.0.0.1:{free_ports()}"
    house.env["PLACELIBRE_METRICS"] = probes
    house.create_topics()
    asyncio.run(set_ahead(house))
    house.start_worker()

    def status() -> str:
        try:
            return str(httpx.get(f"http://{probes}/readyz").json()["status"])
        except httpx.HTTPError:
            return ""

    wait_for("the worker to say so", lambda: f"the clock of city {TENANT} is" in status(), 60)
    wait_for("the count", lambda: "p1" in house.sites(TENANT), 30)
    assert house.sites(TENANT)["p1"]["vacant"] is None
    doctor = {one["what"]: one for one in json.loads(house.run("doctor", "--json", check=False).stdout)}
    assert doctor["clocks"]["state"] == "bad"
    assert "--take-back" in doctor["clocks"]["detail"]

    taken = json.loads(house.run("city", "clock", "--tenant", TENANT, "--take-back", "--json").stdout)
    assert taken["ahead_s"] == 0
    assert house.sites(TENANT)["p1"]["vacant"] == 40
    wait_for("all to be well", lambda: status() == "ready", 20)
    again = house.run("city", "clock", "--tenant", TENANT, "--take-back", check=False)
    assert again.returncode
    assert "nothing to take back" in again.stderr
