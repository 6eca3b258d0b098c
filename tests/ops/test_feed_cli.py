"""Trying a mapping on a file or an address: all it reads and all it refuses, and nothing is sent anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors.registry import register
from sensors.samples import read_samples
from sensors.sources.mapped.samples import PAYLOAD
from tests.feed_server import Answer, FeedServer, feed_server
from tests.ops.in_process import Command, command_in
from tests.ops.test_cli import NOWHERE
from tests.sensors.sources.test_mapped_twins import FEEDS

MAPPING = FEEDS / "exempleville.toml"
BROKEN = PAYLOAD.replace(b'"all":12', b'"all":-12').replace(b"COMPLET", b"blorg\\u001b[31m")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    yield command_in(NOWHERE | {"COLUMNS": "400"}, monkeypatch, capsys)
    register([])


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as one:
        yield one


def test_what_is_read_is_shown_record_by_record(command: Command) -> None:
    done = command("feed", "try", FEEDS / "exempleville.json", "--mapping", MAPPING)
    assert done.code == 0
    for shown in ("P1", "Halle", "12", "90", "2026-05-04T11:59:00Z (0", "-1.55000 47.21000", "2 places declared"):
        assert shown in done.stdout
    assert "3 counts, 0 levels, 0 states, 1 unknown; 0 refused" in done.stdout


def test_all_that_is_refused_is_shown_with_what_became_of_it(command: Command, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(BROKEN)
    done = command("feed", "try", tmp_path / "b.json", "--mapping", MAPPING)
    assert done.code == 1
    assert "negative_count" in done.stdout
    assert "unknown_status" in done.stdout
    assert "2 refused" in done.stdout
    assert "\x1b" not in done.stdout


def test_json_has_the_same(command: Command, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(BROKEN)
    done = command("feed", "try", tmp_path / "b.json", "--mapping", MAPPING, "--json")
    assert done.code == 1
    rows = [(row["device_id"], row["category"], row["vacant"], row["fault"]) for row in done.document["records"]]
    assert rows == [("P1", "disabled", 1, None), ("P1", "public", None, "unusable"), ("P2", None, None, "unusable")]
    assert [one["reason"] for one in done.document["refused"]] == ["negative_count", "unknown_status"]
    assert "known are ouvert, 1, complet" in done.document["refused"][1]["detail"]
    assert "its number is unknown from then on" in done.document["refused"][0]["became"]
    assert done.document["counts"]["refused"] == 2
    assert '"code":"P1"' in done.document["refused"][0]["raw"]


def test_an_address_is_asked_with_its_key_and_all_its_pages_are_read(
    command: Command, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACELIBRE_POLL_SECRETS", '{"exempleville": {"query": {"key": "k"}}}')
    server.says("/lots?key=k", Answer(PAYLOAD, headers={"Link": '</2>; rel="next"'}))
    server.says("/2?key=k", Answer(PAYLOAD.replace(b"P1", b"P3").replace(b"P2", b"P4")))
    done = command("feed", "try", f"{server.url}/lots", "--mapping", MAPPING, "--json")
    assert {row["device_id"] for row in done.document["records"]} == {"P1", "P2", "P3", "P4"}
    assert done.document["records"][0]["age_s"] > 0, "an address is judged by now"


def test_records_that_a_mapping_leaves_out_are_counted(command: Command, tmp_path: Path) -> None:
    only = MAPPING.read_text(encoding="utf-8").replace("[record]", 'only = { name = ["Gare"] }\n[record]', 1)
    (tmp_path / "m.toml").write_text(only, encoding="utf-8")
    done = command("feed", "try", FEEDS / "exempleville.json", "--mapping", tmp_path / "m.toml", "--json")
    assert done.document["counts"] | {"records": 2, "left_out": 1, "places": 1} == done.document["counts"]


@pytest.mark.parametrize(
    ("where", "mapping", "said"),
    [
        ("no/such.json", MAPPING, "no/such.json cannot be read"),
        ("http://127.0.0.1:1/", MAPPING, "the feed did not answer"),
        (FEEDS / "exempleville.json", "no/such.toml", "no/such.toml: cannot be read"),
    ],
)
def test_what_cannot_be_tried_is_a_sentence(command: Command, where: str, mapping: Path, said: str) -> None:
    done = command("feed", "try", where, "--mapping", mapping)
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_feed_that_a_source_of_ours_reads_needs_no_mapping(command: Command, tmp_path: Path) -> None:
    for source in ("datex2", "nantes", "parkapi", "siri_fm", "ulm"):
        file = tmp_path / source
        file.write_bytes(read_samples(source).payload)
        assert f"# The source {source} reads this as it is" in command("feed", "guess", file).stdout


def test_a_guess_is_tried_as_it_stands(command: Command, server: FeedServer, tmp_path: Path) -> None:
    guess = command("feed", "guess", FEEDS / "exempleville.json")
    assert guess.code == 0
    assert 'vacant = "free.all"' in guess.stdout
    assert "reads this as it is" not in guess.stdout
    (tmp_path / "m.toml").write_text(guess.stdout, encoding="utf-8")
    tried = command("feed", "try", FEEDS / "exempleville.json", "--mapping", tmp_path / "m.toml", "--json")
    assert (tried.code, tried.document["counts"]["counts"]) == (0, 3)
    asked = command("feed", "guess", server.says("/lots?apikey=secret", Answer(PAYLOAD)))
    assert "secret" not in asked.stdout
    assert "without its key" in asked.stdout


def test_what_holds_no_records_is_a_sentence(command: Command, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'{"error": "\x1b[31m"')
    done = command("feed", "guess", tmp_path / "x.json")
    assert (done.code, done.stdout) == (2, "")
    assert "a mapping reads JSON, GeoJSON, XML and CSV" in done.stderr
