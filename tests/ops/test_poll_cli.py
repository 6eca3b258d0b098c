"""``placelibre poll`` put together: whose catalogue, whose pages, who asks. Kafka is a fake (e2e has a real one)."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version

import pytest

from ops.cli import feeds, main
from ops.feeding import open_client
from ops.settings import Settings
from parking.catalogue.model import Place, Tenant
from parking.observations import SiteCounted
from tests.ops.test_cli import NOWHERE
from tests.sensors.listening import FakeProducer
from tests.stand_in import StandIn


class DeclaringProducer(FakeProducer):
    def __init__(self) -> None:
        super().__init__()
        self.declared: list[Place] = []

    async def declare(self, tenant: Tenant, places: list[Place]) -> None:
        self.declared += places


@pytest.fixture
def api() -> Iterator[StandIn]:
    one = StandIn()
    yield one
    one.close()


def test_it_sends_through_a_producer_that_follows_the_catalogue(api: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    producer = DeclaringProducer()

    @asynccontextmanager
    async def follow(_: Settings) -> AsyncIterator[DeclaringProducer]:
        yield producer

    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    api.records = [{"idobj": "677", "grp_statut": 5, "grp_disponible": 283, "grp_horodatage": now}]
    monkeypatch.setattr(feeds, "follow_catalogue", follow)
    monkeypatch.setattr(sys, "argv", ["placelibre", "poll", "--source", "nantes", "--url", api.url, "--once"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert "677" in {place.id for place in producer.declared}
    [count] = [seen for seen in producer.observations if isinstance(seen, SiteCounted)]
    assert (count.device_id, count.vacant) == ("677", 283)


async def test_servers_are_told_which_version_asks_and_whom_to_write_to_if_anybody() -> None:
    async with open_client(Settings()) as nobody, open_client(Settings(contact="mailto:city@example.org")) as somebody:
        assert nobody.headers["User-Agent"] == f"placelibre/{version('placelibre')}"
        assert somebody.headers["User-Agent"].endswith(" (+mailto:city@example.org)")
