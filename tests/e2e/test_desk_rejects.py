"""Rejects at a desk over real Kafka: seen as they come, shown inert, sent again once by a decision."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.feeding import open_producer
from parking.catalogue.model import Device
from parking.observations import SiteCounted
from parking.words import ClockBasis
from tests.conftest import House
from tests.e2e.desk_world import CITY, Watched, car_parks
from tests.support import TENANT, at, envelope, site, wait_for

HOSTILE = "new\x1b[2J<script>"


@pytest.fixture
def watched(house: House, tmp_path: Path) -> Iterator[Watched]:
    house.create_topics()
    city = Watched(house, tmp_path)
    house.start_worker()
    city.tell(0, tick_at=1)
    city.start_desk()
    yield city
    assert city.stop_desk() in (0, 143), "it ends because it was told to"


def send(house: House, *seen: SiteCounted, more: bool = False) -> None:
    opened = site(id="new", devices=(Device(source="src", id=HOSTILE, valid_for_s=900),))

    async def work() -> None:
        async with open_producer(house.settings) as producer:
            await producer.declare(CITY, [*car_parks(), *([opened] if more else [])])
            await producer.send(seen)
            await producer.tick(TENANT, at(2 if more else 1.5), ClockBasis.EVENT)

    asyncio.run(work())


def test_what_was_refused_is_seen_and_sent_again_after_the_fix(house: House, watched: Watched) -> None:
    wait_for("the desk", watched.is_ready, 60)
    send(house, SiteCounted(**envelope(1, HOSTILE), vacant=12))
    found = wait_for("the reject", lambda: watched.ask("GET", "rejects").json()["groups"], 30)
    assert [(one["source"], one["reason"], one["count"]) for one in found] == [("src", "unknown_site", 1)]
    reply = watched.ask("GET", "rejects/examples?source=src")
    (example,) = reply.json()["examples"]
    assert "\x1b" not in reply.text
    assert example["open"] is True

    order = {"source": "src", "reason": "unknown_site", "note": "it is in the catalogue now"}
    assert watched.ask("POST", "rejects/redrive", order, who="guest").status_code == 403
    send(house, more=True)
    tried = watched.ask("POST", "rejects/redrive", {**order, "dry_run": True}).json()
    assert (tried["dry_run"], tried["sent_rejects"]) == (True, 1)
    done = watched.ask("POST", "rejects/redrive", order)
    assert (done.status_code, done.json()["sent_rejects"], done.json()["result"]) == (200, 1, "acted"), done.text
    wait_for("the number", lambda: house.sites(TENANT).get("new", {}).get("vacant") == 12, 30)
    again = watched.ask("POST", "rejects/redrive", order).json()
    assert again["sent_rejects"] == 0, "each is sent once"
    why = watched.why("rejects:src/unknown_site")
    assert "dispatch" in why
    assert "it is in the catalogue now" in why
    wait_for("its note", lambda: not watched.ask("GET", "rejects/examples").json()["examples"][0]["open"], 20)
