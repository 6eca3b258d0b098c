"""An operator's order by HTTP, through Kafka, Redis and the controller, to a sign in software and back to the wall."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from ops.feeding import open_producer
from parking.catalogue.model import Place, Tenant
from parking.signs.model import LineRule
from parking.words import ClockBasis
from tests.conftest import House
from tests.gateways.serving import serving, until_ready
from tests.gateways.signs.desk_world import TENANT, TOKENS, printed_sign
from tests.support import ROOT, free_ports, wait_for


async def declare(house: House, address: str) -> None:
    """A city of two car parks and one software sign that counts them; nobody says how many are free."""
    async with open_producer(house.settings) as producer:
        places = [Place(tenant=TENANT, id=name, name=name, capacity=100) for name in ("p1", "p2")]
        await producer.declare(Tenant(id=TENANT, clock=ClockBasis.WALL, zone="Europe/Paris"), places)
        sign = printed_sign(address=address, is_software=True)
        lines = tuple(msgspec.structs.replace(line, rule=LineRule(dwell_s=1)) for line in sign.lines)
        await producer.declare_signs([msgspec.structs.replace(sign, lines=lines)])


@pytest.fixture
def wall(house: House) -> Iterator[str]:
    """A worker, a sign in software and a controller; gives the address of its wall."""
    port = free_ports()
    house.create_topics()
    asyncio.run(declare(house, f"127.0.0.1:{port + 1}"))
    house.start_worker()
    env = os.environ | house.env | {
        "PLACELIBRE_TENANT": TENANT, "PLACELIBRE_SIGNS_LISTEN": f"127.0.0.1:{port}",
        "PLACELIBRE_SIGNS_TOKENS": json.dumps(TOKENS),
    }  # fmt: skip
    wait_for("the inventory", lambda: "A12" in house.run("signs", "list", "--tenant", TENANT, check=False).stdout, 60)
    started = [
        subprocess.Popen([sys.executable, "-m", "ops", "signs", *words], cwd=ROOT, env=env)
        for words in (("software",), ("run",))
    ]
    yield f"http://127.0.0.1:{port}/v1/signs/A12"
    for one in started:
        one.terminate()
    assert [one.wait(20) for one in started] == [143, 143], "each ends because it was told to"


def ask(method: str, address: str, body: Any = None, **headers: str) -> httpx.Response:
    headers["Authorization"] = f"Bearer {TOKENS['m.durand']}"
    return httpx.request(method, address, json=body, headers=headers)


def sign_at(wall: str) -> dict[str, Any]:
    try:
        reply = httpx.get(wall)
    except httpx.HTTPError:
        return {"state": None}
    return reply.json() if reply.status_code == 200 else {"state": None}


def test_an_order_reaches_the_road_and_what_the_sign_says_comes_back(house: House, wall: str) -> None:
    wait_for("a dark sign", lambda: sign_at(wall)["state"] == "dark", 60)
    assert sign_at(wall)["status"]["lines"][0]["because"] == "unknown", "a number that nobody knows is not shown"
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    taken = ask("POST", f"{wall}/override", {"reason": "works", "expires_at": ends, "lines": {"1": "full"}})
    assert taken.status_code == 201, taken.text
    wait_for("the sign's word", lambda: ask("GET", f"{wall}/override").json().get("state") == "acted", 30)
    wait_for("the wall", lambda: sign_at(wall)["state"] == "showing", 10)  # it is told once a second
    seen = sign_at(wall)["seen"]["en"]
    assert any(word in seen for word in ("COMPLET", "PLEIN", "0")), seen
    why = house.run("why", "sign:A12/override", "--tenant", TENANT).stdout
    assert "m.durand" in why
    assert ask("DELETE", f"{wall}/override").status_code == 428
    done = ask("DELETE", f"{wall}/override", **{"If-Match": taken.headers["etag"]})
    assert done.status_code == 200
    wait_for("the dark again", lambda: sign_at(wall)["state"] == "dark", 30)
    asked = ask("POST", f"{wall}/tasks", {"kind": "read", "reason": "maintenance"})
    assert asked.status_code == 202
    wait_for("its health", lambda: ask("GET", f"{wall}/tasks").json()["state"] == "acted", 30)
    order = ("--reason", "works", "--author", "t", "--for", "1h", "--line", "1=closed", "--tenant", TENANT)
    assert house.run("signs", "override", "A12", *order).returncode == 0, "a terminal goes the same way"
    assert house.run("signs", "release", "A12", "--author", "t", "--tenant", TENANT).returncode == 0


def test_a_car_park_that_the_desk_sets_shows_at_the_road_and_to_drivers_and_is_given_back(
    house: House, wall: str
) -> None:
    port = free_ports()
    env = os.environ | house.env | {
        "PLACELIBRE_TENANT": TENANT, "PLACELIBRE_DESK_LISTEN": f"127.0.0.1:{port}",
        "PLACELIBRE_DESK_TOKENS": json.dumps({"dispatch": {"token": "a-token-of-dispatch", "roles": ["operate"]}}),
    }  # fmt: skip
    desk = subprocess.Popen([sys.executable, "-m", "ops", "desk", "run"], cwd=ROOT, env=env)
    base, headers = f"http://127.0.0.1:{port}", {"Authorization": "Bearer a-token-of-dispatch"}

    def post(place: str, path: str, body: dict[str, Any], **more: str) -> httpx.Response:
        return httpx.post(f"{base}/v1/desk/places/{place}/{path}", json=body, headers=headers | more, timeout=20)

    def is_ready() -> bool:
        try:
            return httpx.get(f"{base}/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    try:
        wait_for("the desk", is_ready, 60)
        wait_for("a dark sign", lambda: sign_at(wall)["state"] == "dark", 60)
        ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        number = {"aspect": "number", "category": "public", "reason": "counting_fault", "expires_at": ends}
        said = [post(place, "overrides", number | {"vacant": count}) for place, count in (("p1", 41), ("p2", 42))]
        assert [reply.status_code for reply in said] == [201, 201], [reply.text for reply in said]
        wait_for("the number to drivers", lambda: published_at(house, "p1") == (41, "set_by_hand"), 20)
        wait_for("both numbers at the road", lambda: shows(wall, "41") and shows(wall, "42"), 40)
        shut = post("p1", "overrides", {"aspect": "opening", "opening": "closed", "reason": "incident",
                                        "expires_at": ends})  # fmt: skip
        assert shut.status_code == 201, shut.text
        wait_for("one number less at the road", lambda: not shows(wall, "41") and shows(wall, "42"), 90)
        back = [
            post(place, "releases", {"aspect": "number", "category": "public"}, **{"If-Match": reply.headers["etag"]})
            for place, reply in zip(("p1", "p2"), said, strict=True)
        ]
        assert [reply.status_code for reply in back] == [200, 200], [reply.text for reply in back]
        wait_for("no number at the road", lambda: not shows(wall, "42"), 90)
        assert published_at(house, "p1")[0] is None, "nobody else says how many are free"
    finally:
        desk.terminate()
        assert desk.wait(20) == 143


def shows(wall: str, number: str) -> bool:
    """Whether drivers at the road see it."""
    return number in str(sign_at(wall).get("seen"))


def published_at(house: House, place: str) -> tuple[int | None, str | None]:
    """What drivers are told: how many are free, and by what."""

    async def ask_gateway() -> dict[str, Any]:
        async with serving(house.settings.redis, TENANT) as client:
            await until_ready(client)
            found: dict[str, Any] = (await client.get(f"/v1/sites/{place}")).json()
            return found

    said = asyncio.run(ask_gateway())
    return said["vacant"], said["basis"]
