"""Mappings on the command line: polled, replayed and listed like every source. Kafka is a fake (e2e has a real one)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ops.cli import feeds
from ops.settings import Settings
from parking.observations import SiteCounted
from parking.rejects import make_reject
from parking.words import ClockBasis, RejectReason
from sensors.intake.redrive import read_again
from sensors.intake.replay import read_recording
from sensors.registry import get_adapter, register
from sensors.sources.mapped.samples import PAYLOAD
from tests.feed_server import Answer, FeedServer, feed_server
from tests.ops.in_process import Command, command_in
from tests.ops.test_cli import NOWHERE
from tests.sensors.listening import DeclaringProducer
from tests.sensors.sources.test_mapped_twins import FEEDS, mapped
from tests.support import NOON

MAPPING = FEEDS / "exempleville.toml"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    yield command_in(NOWHERE, monkeypatch, capsys)
    register([])


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as one:
        yield one


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> DeclaringProducer:
    one = DeclaringProducer()

    @asynccontextmanager
    async def follow(_: Settings) -> AsyncIterator[DeclaringProducer]:
        yield one

    monkeypatch.setattr(feeds, "follow_catalogue", follow)
    return one


def test_a_mapped_feed_is_polled_with_its_key_and_declares_what_it_describes(
    command: Command, server: FeedServer, producer: DeclaringProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACELIBRE_POLL_SECRETS", '{"exempleville": {"headers": {"X-Api-Key": "k"}}}')
    url = server.says("/parkings", Answer(PAYLOAD))
    done = command("poll", "--mapping", MAPPING, "--url", url, "--once")
    assert (done.code, server.asked[0][1]["x-api-key"]) == (0, "k")
    assert {place.name for place in producer.declared} == {"Halle", "Gare"}
    assert {seen.source for seen in producer.observations} == {"exempleville"}
    assert [seen.vacant for seen in producer.observations if isinstance(seen, SiteCounted)] == [12, 1, 2]
    assert {seen.tenant for seen in producer.observations} == {"exempleville"}


def test_a_folder_of_mappings_is_a_folder_of_sources(
    command: Command, server: FeedServer, producer: DeclaringProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACELIBRE_MAPPINGS", str(FEEDS))
    listed = {one["id"]: one for one in command("adapters", "--json").document["adapters"]}
    assert listed["exempleville"]["audiences"] == ["disabled", "public"]
    assert listed["ulm_by_mapping"]["tells"] == "single_spaces"
    url = server.says("/parkings", Answer(PAYLOAD))
    assert command("poll", "--source", "exempleville", "--url", url, "--once").code == 0
    assert producer.observations


def test_a_mapping_that_cannot_be_used_costs_its_own_source_alone(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = MAPPING.read_text(encoding="utf-8")
    (tmp_path / "good.toml").write_text(good, encoding="utf-8")
    (tmp_path / "twice.toml").write_text(good, encoding="utf-8")
    (tmp_path / "bad.toml").write_text(good.replace("[body]", "[bodi]"), encoding="utf-8")
    monkeypatch.setenv("PLACELIBRE_MAPPINGS", str(tmp_path))
    done = command("adapters", "--json")
    assert "exempleville" in {one["id"] for one in done.document["adapters"]}
    assert "bad.toml: bodi is no key of a mapping: write 'body'" in done.stderr
    assert "twice.toml: source.name 'exempleville' is taken" in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["poll", "--once"], "what shall be polled?"),
        (["poll", "--source", "mapped", "--url", "http://127.0.0.1:1/", "--once"], "which mapping?"),
        (["poll", "--mapping", "no/such.toml", "--once"], "no/such.toml: cannot be read"),
        (["replay", str(FEEDS / "exempleville.json")], "name one of them"),
        (["replay", str(MAPPING), "--mapping", __file__], "not readable as TOML"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(command: Command, args: list[str], said: str) -> None:
    done = command(*args)
    assert done.code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_recording_is_read_by_its_mapping_and_declares_its_places() -> None:
    recording = read_recording(FEEDS / "exempleville.json", mapped("exempleville"), "t", ClockBasis.EVENT)
    assert [place.id for place in recording.places] == ["P1", "P2"]
    assert recording.ends_at is not None
    assert not recording.rejects


def test_a_reject_of_a_mapped_source_is_redriven_by_its_name() -> None:
    raw = b'{"code":"P9","state":"OUVERT","updated":"2026-05-04T13:59:00","free":{"all":4,"pmr":1},"spaces":{"all":9}}'
    reject = make_reject("t", "exempleville", RejectReason.UNKNOWN_STATUS, "state is …", raw, NOON, "P9")
    assert "no adapter exempleville" in (read_again(reject, ClockBasis.WALL).problem or "")
    try:
        register([mapped("exempleville")])
        again = read_again(reject, ClockBasis.WALL)
        assert get_adapter("exempleville").INFO.tenant == "exempleville"
    finally:
        register([])
    assert [seen.vacant for seen in again.observations if isinstance(seen, SiteCounted)] == [4, 1]
