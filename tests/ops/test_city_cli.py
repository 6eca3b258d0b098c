"""What a city says of itself: set from a file, kept against what its feeds declare, and heard by every reader."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis.asyncio as aioredis

from ops.feeding import open_producer
from parking.catalogue.model import MapView, Tenant
from parking.codec import decode_tenant, encode_event
from parking.observations import SiteCounted
from parking.words import ClockBasis
from store.reader import read_snapshot
from tests.conftest import House
from tests.ops.test_cli import refused
from tests.support import TENANT, envelope, site, wait_for

pytestmark = pytest.mark.slow

LE_MANS = """
name = "Le Mans"
zone = "Indian/Reunion"   # far from Paris, so that nothing is right by luck
languages = ["fr", "en"]
attribution = "Ville du Mans"
licence = "Licence Ouverte 2.0"
outlines = "communes.geojson"

[located]
fr = "au Mans"
en = "in Le Mans"

[view]
lon = 0.2
lat = 48.0
zoom = 12
"""
OUTLINES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "Le Mans"},
            "geometry": {"type": "Polygon", "coordinates": [[[0.1, 47.9], [0.3, 47.9], [0.3, 48.1], [0.1, 47.9]]]},
        }
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "communes.geojson").write_text(json.dumps(OUTLINES))
    path = tmp_path / "lemans.toml"
    path.write_text(LE_MANS, encoding="utf-8")
    return path


def declare(house: House, city: Tenant) -> None:
    async def work() -> None:
        async with open_producer(house.settings) as producer:
            now = datetime.now(UTC)
            await producer.declare(city, [site()])
            await producer.send([SiteCounted(**envelope(observed_at=now, device="d1"), vacant=7)])
            await producer.tick(TENANT, now, ClockBasis.WALL)

    asyncio.run(work())


def about(house: House) -> Tenant | None:
    async def work() -> Tenant | None:
        client = aioredis.from_url(house.settings.redis)
        try:
            return (await read_snapshot(client, TENANT, datetime.now(UTC))).city
        finally:
            await client.aclose()

    return asyncio.run(work())


def test_a_citys_own_words_go_before_those_of_its_feeds_field_by_field(house: House, file: Path) -> None:
    house.start_worker()
    by_feed = Tenant(id=TENANT, clock=ClockBasis.WALL, name="LE MANS", attribution="portal", zone="Europe/Paris")
    declare(house, by_feed)
    shown = json.loads(house.run("city", "show", "--json").stdout)
    assert (shown["name"], shown["zone"], shown["located"]) == ("LE MANS", "Europe/Paris", None)
    said = json.loads(house.run("city", "set", file, "--tenant", TENANT, "--json").stdout)
    assert (said["name"], said["zone"], said["located"]["fr"]) == ("Le Mans", "Indian/Reunion", "au Mans")
    declare(house, by_feed)  # a feed that starts again undoes nothing

    city = wait_for("the worker to pass it on", lambda: (now := about(house)) and now.name == "Le Mans" and now)
    assert (city.zone, city.languages, city.view) == (
        "Indian/Reunion",
        ("fr", "en"),
        MapView(lon=0.2, lat=48.0, zoom=12),
    )
    assert [area.name for area in city.areas] == ["Le Mans"]
    assert city.clock is ClockBasis.WALL

    # A Redis that lost everything is told again by the worker.
    asyncio.run(_flush(house))
    wait_for("Redis to be filled again", lambda: (now := about(house)) and now.name == "Le Mans")

    # And what people are told about the past is told in the city's own time.
    wait_for("a number", lambda: house.sites(TENANT).get("p1", {}).get("vacant") == 7)
    house.run("history")
    told = house.run("at", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "--json").stdout
    assert json.loads(told)["understood"].endswith("+04:00")


async def _flush(house: House) -> None:
    client = aioredis.from_url(house.settings.redis)
    await client.flushall()
    await client.aclose()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zone = 'Paris'", "is not a zone; write Europe/Paris"),
        ("zone = '../../etc/passwd'", "is not a zone"),
        ("nom = 'Le Mans'", "the fields are name, zone, languages"),
        ("languages = ['français']", "nothing speaks français here; languages are fr, en, br"),
        ("languages = ['fr', 'xx']", "nothing speaks xx here"),
        ("view = {lon = 200.0, lat = 48.0}", "lon must be -180..180"),
        ("name = ''", "leave it out"),
        ("name = ", "cannot be read"),
        ("outlines = 'nowhere.geojson'", "cannot read"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_and_changes_nothing(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "city.toml"
    path.write_text(text, encoding="utf-8")
    assert words in " ".join(refused("city", "set", str(path), "--tenant", "lemans").split())


def test_an_outline_that_crosses_itself_is_refused(tmp_path: Path) -> None:
    bow = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
    feature = {"properties": {"name": "Bow"}, "geometry": {"type": "Polygon", "coordinates": bow}}
    (tmp_path / "bow.geojson").write_text(json.dumps({"features": [feature]}))
    path = tmp_path / "city.toml"
    path.write_text('outlines = "bow.geojson"')
    assert "is not sound" in refused("city", "set", str(path), "--tenant", "lemans")


def test_an_entry_of_before_cities_said_anything_is_still_read() -> None:
    old = b'{"id":"nantes","clock":"wall","name":"Nantes","attribution":"x"}'
    assert decode_tenant(old) == Tenant(id="nantes", clock=ClockBasis.WALL, name="Nantes", attribution="x")
    new = Tenant(id="lemans", clock=ClockBasis.WALL, located={"fr": "au Mans"}, zone="Europe/Paris", own=True)
    assert decode_tenant(encode_event(new)) == new
