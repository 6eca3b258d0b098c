"""``placelibre poll`` put together: whose catalogue, whose pages, who asks. Kafka is a fake (e2e has a real one)."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version

import pytest

from ops.cli import feeds, main
from ops.feeding import access_to, open_client
from ops.settings import Settings
from parking.errors import ParkingError
from parking.observations import SiteCounted
from tests.ops.test_cli import NOWHERE
from tests.sensors.listening import DeclaringProducer
from tests.stand_in import StandIn


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


@pytest.mark.parametrize(
    ("sources", "urls", "said"),
    [
        (["ulm", "nantes"], ["http://x/?key=k"], "SOURCE=ADDRESS"),
        (["ulm", "nantes"], [], "no live feed"),
        (["ulm"], ["file:///etc/passwd"], "no address to poll"),
    ],
)
def test_an_address_that_is_nobodys_or_none_is_refused_without_its_key(
    sources: list[str], urls: list[str], said: str
) -> None:
    with pytest.raises(ParkingError, match=said) as refused:
        feeds.addresses_of(sources, urls)
    assert "key=k" not in str(refused.value)


def test_each_source_has_its_addresses_or_its_own() -> None:
    wanted = feeds.addresses_of(["ulm", "nantes"], ["ulm=http://x/?a=1", "ulm=https://y/"])
    assert wanted == {"ulm": ["http://x/?a=1", "https://y/"], "nantes": []}
    assert feeds.addresses_of(["ulm"], ["http://x/?a=1"]) == {"ulm": ["http://x/?a=1"]}


def test_a_sources_keys_are_a_setting_that_is_never_shown_nor_handed_on() -> None:
    settings = Settings(poll_secrets={"ulm": {"headers": {"X-Key": "sesame"}, "user": "me", "password": "sesame"}})  # type: ignore[dict-item]
    access = access_to("ulm", settings)
    assert (access.headers, access.basic) == ({"X-Key": "sesame"}, ("me", "sesame"))
    assert access_to("nantes", settings).basic is None
    assert "sesame" not in repr(settings) + str(settings.as_environment())
