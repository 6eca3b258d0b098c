"""``signs show``, ``signs preview`` and the wall over a Redis that a worker and a controller have filled."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from gateways.signs.at_redis import SignsInRedis
from gateways.signs.board import SignBoard
from parking.catalogue.model import Place, Tenant
from parking.words import ClockBasis
from store.connecting import open_redis
from store.sign_status import write_status
from store.writer import LiveWriter
from tests.conftest import House
from tests.gateways.signs.desk_world import TENANT, every_state


async def fill(redis_url: str) -> None:
    """What stands in Redis once a worker has read the catalogue and a controller has spoken to the signs."""
    signs, statuses = every_state()
    about = Tenant(id=TENANT, clock=ClockBasis.WALL, name="Exempleville", zone="Europe/Paris")
    live = open_redis(redis_url, 1, 3)
    places = [Place(tenant=TENANT, id=name, name=name, capacity=100) for name in ("p1", "p2")]
    await LiveWriter(live, 1).apply_catalogue(
        TENANT, [(one, (1, at)) for at, one in enumerate([about, *places, *signs])]
    )
    await write_status(live, TENANT, statuses.values())
    await live.aclose()


def test_signs_are_shown_by_their_own_word_and_never_as_they_were(house: House, tmp_path: Path) -> None:
    asyncio.run(fill(house.settings.redis))
    text = house.run("signs", "show", "--tenant", TENANT).stdout
    assert "123" in text
    assert "state not known" in text
    assert "not guaranteed" in text
    listed = json.loads(house.run("signs", "show", "--tenant", TENANT, "--json").stdout)["signs"]
    signs = {one["id"]: one for one in listed}
    assert signs["old"]["status"] is None
    assert signs["shows"]["seen"]["fr"]
    picture = tmp_path / "wall.png"
    one = house.run("signs", "show", "shows", "--tenant", TENANT, "--json", "--picture", picture)
    assert json.loads(one.stdout)["id"] == "shows"
    assert Image.open(io.BytesIO(picture.read_bytes())).size[0] > 300
    unknown = house.run("signs", "show", "nowhere", "--tenant", TENANT, check=False)
    assert unknown.returncode == 2
    assert "there is no sign 'nowhere'" in unknown.stderr


def test_a_preview_is_drawn_and_said_and_orders_nothing(house: House, tmp_path: Path) -> None:
    asyncio.run(fill(house.settings.redis))
    drawn = tmp_path / "a.svg"
    said = house.run("signs", "preview", "shows", "--line", "1=full", "--picture", drawn, "--tenant", TENANT).stdout
    assert "COMMERCE" in said
    assert drawn.read_text().startswith("<svg")
    asked = ("--line", "1=BUVEZ", "--picture", drawn, "--tenant", TENANT)
    wrong = house.run("signs", "preview", "shows", *asked, check=False)
    assert wrong.returncode == 2
    assert "messages are" in wrong.stderr


async def test_the_board_reads_what_the_controller_writes(house: House) -> None:
    await fill(house.settings.redis)
    live = open_redis(house.settings.redis, 1, 3)
    glance = await SignBoard(SignsInRedis(live, TENANT)).look()
    await live.aclose()
    assert {one.id for one in glance.signs} >= {"shows", "never", "old"}
    assert "shows" in glance.statuses
    assert "old" not in glance.statuses
    assert glance.city.name == "Exempleville"
    assert abs((glance.city.now - datetime.now(UTC)).total_seconds()) < 5
