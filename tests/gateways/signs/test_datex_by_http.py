"""The DATEX II publications by HTTP: what anyone may read, and what nobody learns there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from gateways.signs.serve import create_signs_app
from tests.gateways.signs.desk_world import TENANT, TOKENS, FakePort, FakeRecord, every_state

VMS = "{http://datex2.eu/schema/3/vms}"
COM = "{http://datex2.eu/schema/3/common}"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    port = FakePort(*every_state())
    app = create_signs_app(port, FakeRecord(port), TOKENS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://signs.test") as one:
        yield one


async def test_table_and_status_agree_and_an_old_status_says_nothing(client: httpx.AsyncClient) -> None:
    table, status = await client.get("/v1/datex/table.xml"), await client.get("/v1/datex/status.xml?country=be")
    assert table.status_code == status.status_code == 200
    assert table.headers["content-type"].startswith("application/xml")
    assert status.headers["access-control-allow-origin"] == "*"
    listed, shown = fromstring(table.content), fromstring(status.content)
    assert [each.text for each in shown.iter(f"{COM}country")] == ["be"]
    assert [each.text for each in listed.iter(f"{COM}nationalIdentifier")] == [TENANT]
    version = next(listed.iter(f"{VMS}vmsControllerTable")).get("version")
    assert {each.get("version") for each in shown.iter(f"{VMS}vmsControllerTableReference")} == {version}
    texts = {}
    for one in shown.iter(f"{VMS}vmsControllerStatus"):
        name = next(one.iter(f"{VMS}vmsControllerReference")).get("id")
        texts[name] = [line.text for line in one.iter(f"{VMS}textLine") if (line.text or "").strip()]
    assert texts["shows"] == ["123", "45"]
    assert [texts[name] for name in ("old", "silent", "wrong", "invisible", "never", "dark")] == [[]] * 6
    assert b"m.durand" not in status.content
    assert b"127.0.0.1" not in table.content + status.content


@pytest.mark.parametrize("query", ["country=France", "country=FR", "lang=fr", "country=fr&country=be"])
async def test_a_wrong_parameter_is_named(client: httpx.AsyncClient, query: str) -> None:
    wrong = await client.get(f"/v1/datex/table.xml?{query}")
    assert wrong.status_code == 400
    assert wrong.json()["field"] in {"country", "lang"}


async def test_a_city_without_signs_has_no_publication() -> None:
    port = FakePort([], {})
    app = create_signs_app(port, FakeRecord(port), TOKENS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://signs.test") as one:
        assert (await one.get("/v1/datex/status.xml")).status_code == 404
