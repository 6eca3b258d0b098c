"""``signs datex`` over a Redis that a worker and a controller have filled."""

from __future__ import annotations

import asyncio
from xml.etree.ElementTree import fromstring

from tests.conftest import House
from tests.gateways.signs.desk_world import TENANT, every_state
from tests.ops.test_signs_show_cli import fill

VMS = "{http://datex2.eu/schema/3/vms}"


def test_signs_are_published_and_those_that_nobody_knows_say_nothing(house: House) -> None:
    asyncio.run(fill(house.settings.redis))
    signs, statuses = every_state()
    table = fromstring(house.run("signs", "datex", "--table", "--tenant", TENANT).stdout)
    listed = {found.get("id") for found in table.iter(f"{VMS}vmsController")}
    assert listed == {sign.id for sign in signs if not sign.is_software}
    shown = fromstring(
        house.run("signs", "datex", "--status", "--tenant", TENANT, "--publisher", "Exempleville").stdout
    )
    assert "Exempleville" in "".join(shown.itertext())
    versions = {found.get("version") for found in shown.iter(f"{VMS}vmsControllerTableReference")}
    assert versions == {next(table.iter(f"{VMS}vmsControllerTable")).get("version")}
    texts = {}
    for one in shown.iter(f"{VMS}vmsControllerStatus"):
        name = next(one.iter(f"{VMS}vmsControllerReference")).get("id")
        texts[name] = [line.text for line in one.iter(f"{VMS}textLine") if (line.text or "").strip()]
    assert any("123" in (text or "") for text in texts["shows"])
    assert texts["old"] == []
    assert set(texts) == listed
    assert len(statuses) >= len([name for name in texts if texts[name]])


def test_a_city_without_signs_says_what_to_do(house: House) -> None:
    asyncio.run(fill(house.settings.redis))
    nothing = house.run("signs", "datex", "--tenant", "elsewhere", check=False)
    assert nothing.returncode == 2
    assert "elsewhere has no signs" in nothing.stderr
