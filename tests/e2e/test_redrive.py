"""What was refused is kept, and sent again once after the fix."""

from __future__ import annotations

import asyncio
import json

from ops.feeding import open_producer
from parking.catalogue.model import Device, Place, Tenant
from parking.observations import Observation, SiteCounted
from parking.words import ClockBasis
from tests.conftest import House
from tests.support import TENANT, at, envelope, site

CITY = Tenant(id=TENANT, clock=ClockBasis.EVENT)


def send(house: House, places: list[Place], *seen: Observation, tick_at: float | None = None) -> None:
    async def work() -> None:
        async with open_producer(house.settings) as producer:
            await producer.declare(CITY, places)
            await producer.send(seen)
            if tick_at is not None:
                await producer.tick(TENANT, at(tick_at), ClockBasis.EVENT)

    asyncio.run(work())


def told(house: House, *args: str) -> dict:
    return json.loads(house.run("rejects", *args, "--json").stdout)


def test_a_place_that_was_missing_from_the_catalogue_gets_its_number_after_all(house: House) -> None:
    house.start_worker()
    stranger = SiteCounted(**envelope(0, "new-counter"), vacant=12)
    send(house, [site()], SiteCounted(**envelope(0), vacant=4), stranger, tick_at=1)
    house.wait_for_clock(TENANT, at(1).isoformat())
    assert house.sites(TENANT)["p1"]["vacant"] == 4

    (open_one,) = told(house, "list")
    assert open_one["reason"] == "unknown_site"
    assert "new-counter" in open_one["raw"]
    assert told(house, "show", open_one["reject_id"]) == open_one
    unmended = told(house, "redrive")
    assert (unmended["sent_rejects"], unmended["read"]) == (0, 1)
    assert "still belongs to no place" in unmended["still_refused"][open_one["reject_id"]]

    opened = site(id="p2", devices=(Device(source="src", id="new-counter", valid_for_s=900),))
    send(house, [site(), opened])
    would = told(house, "redrive", "--dry-run")
    assert (would["sent_rejects"], would["dry_run"]) == (1, True)
    sent = told(house, "redrive", open_one["reject_id"])
    assert (sent["sent_rejects"], sent["sent_observations"], sent["still_refused"]) == (1, 1, {})
    send(house, [], tick_at=2)
    house.wait_for_clock(TENANT, at(2).isoformat())
    assert {place: row["vacant"] for place, row in house.sites(TENANT).items()} == {"p1": 4, "p2": 12}

    assert told(house) == {"total": 0, "by_reason": {}}
    assert told(house, "redrive")["read"] == 0, "each is sent once"
    assert house.run("rejects", "redrive", open_one["reject_id"], check=False).returncode == 2
    assert told(house, "list", "--all")[0]["open"] is False


def test_what_is_refused_again_is_open_again(house: House) -> None:
    house.start_worker()
    above = SiteCounted(**envelope(0), vacant=500)
    send(house, [site(capacity=100)], above, tick_at=1)
    house.wait_for_clock(TENANT, at(1).isoformat())
    (refused,) = told(house, "list")
    assert (refused["reason"], refused["times"]) == ("free_above_capacity", 1)
    assert told(house, "redrive")["sent_rejects"] == 1
    send(house, [], tick_at=2)
    house.wait_for_clock(TENANT, at(2).isoformat())
    (again,) = told(house, "list")
    assert (again["reject_id"], again["times"]) == (refused["reject_id"], 2)

    send(house, [site(capacity=600)])
    told(house, "redrive")
    send(house, [], tick_at=3)
    house.wait_for_clock(TENANT, at(3).isoformat())
    assert told(house, "list") == []
    assert house.sites(TENANT)["p1"]["vacant"] == 500
