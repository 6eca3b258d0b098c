"""Decoding, listing and fuzzing from the command line: no Kafka and no Redis is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops.console import out
from sensors.registry import ADAPTERS, FRAME_ADAPTERS
from tests.ops.in_process import Command, command_in
from tests.ops.test_cli import NOWHERE
from tests.sensors.uplinks import chirpstack


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``placelibre`` in this process."""
    return command_in(NOWHERE, monkeypatch, capsys)


def test_a_frame_becomes_observations_as_json(command: Command) -> None:
    done = command("decode", "bosch_tps110", "01FF", "--port", "2", "--json")
    assert (done.code, done.stderr) == (0, "")
    (seen,) = done.document["observations"]
    assert (seen["type"], seen["state"], seen["diagnostics"]) == ("space_observed", "occupied", {"temperature_c": -1})
    assert (seen["tenant"], seen["time_basis"]) == ("example", "arrival")
    assert done.document["rejects"] == []


def test_a_reject_shows_its_bytes_as_hex(command: Command) -> None:
    done = command("decode", "placepod", "050002060000376600", "--json")
    assert [seen["state"] for seen in done.document["observations"]] == ["free"]
    (reject,) = done.document["rejects"]
    assert (reject["raw"], reject["reason"]) == ("050002060000376600", "malformed_record")


def test_the_usual_port_is_the_sensors(command: Command) -> None:
    frame = "80 00 02 01 15 00 00 00 00 01 6F 00 79 FF B0 FF F5 00 00 00 81"
    assert not command("decode", "dingtek_do200", frame, "--json").document["rejects"]
    assert not command("decode", "nwave_nps405", "0x95", "--json").document["rejects"]


def test_a_file_of_uplinks_and_a_file_of_a_portal_are_read(command: Command, tmp_path: Path) -> None:
    uplinks, records = tmp_path / "up.jsonl", tmp_path / "records.csv"
    uplinks.write_bytes(chirpstack("01", 1) + b"\n{torn\n" + chirpstack("00", 1, 8) + b"\n")
    records.write_text("timestamp,a,b\n2026-05-04T11:59:00+00:00,5,\n")
    document = command("decode", "bosch_tps110", uplinks, "--json").document
    assert [seen["state"] for seen in document["observations"]] == ["occupied", "free"]
    assert document["observations"][0]["received_at"] == "2026-05-04T12:00:00Z"
    assert [bytes.fromhex(reject["raw"]) for reject in document["rejects"]] == [b"{torn"]
    assert command("decode", "german_series", records, "--json").document["observations"][0]["vacant"] == 5


def test_people_get_tables_and_no_control_characters(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({"results": [{"idobj": "1", "grp_statut": 7, "grp_nom": "x"}, "\x1b[31m"]}))
    assert "occupied" in command("decode", "nwave_nps405", "95").stdout
    done = command("decode", "nantes", path)
    assert "1 observations, 2 rejects" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["bosch_tps110", "01F"], "3 hex digits do not make whole bytes"),
        (["bosch_tps110", "no/such/file.json"], "neither a file nor hex digits"),
        (["bosch_tps110", "00" * 243], "243 bytes; a LoRaWAN frame has at most 242"),
        (["bosch_tps110", "01", "--port", "256"], "Invalid value for '--port'"),
        (["bosch_tps110", "01", "--port", "-1"], "Invalid value for '--port'"),
        (["paris", "01"], "no source 'paris'; known are"),
        (["nantes", "01"], "there is no file 01; nantes reads files only"),
        (["bosch_tps110", __file__, "--port", "1"], "leave --port out"),
    ],
)
def test_what_cannot_be_decoded_is_said_in_one_sentence(command: Command, args: list[str], said: str) -> None:
    done = command("decode", *args, "--json")
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr


def test_all_sources_are_listed_with_their_quality(command: Command) -> None:
    listed = command("adapters", "--json").document["adapters"]
    assert [one["id"] for one in listed] == sorted(ADAPTERS)
    by_id = {one["id"]: one for one in listed}
    assert by_id["nantes"]["quality"] == ADAPTERS["nantes"].INFO.quality
    assert (by_id["nantes"]["tells"], by_id["placepod"]["tells"]) == ("counts", "single_spaces")
    assert {one["id"] for one in listed if one["lorawan"]} == set(FRAME_ADAPTERS)
    assert "quality" in command("adapters").stdout
    assert "qualité" in command("--lang", "fr", "adapters").stdout


def test_each_source_says_its_licence_or_who_must_be_asked_and_a_narrow_terminal_shows_all_of_it(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in command("adapters", "--json").document["adapters"]:
        assert one["licence"] or one["licence_by"], one["id"]
    monkeypatch.setattr(out, "width", 80)
    assert "…" not in command("adapters").stdout


def test_fuzzing_is_counted_and_repeats_itself(command: Command) -> None:
    first, again = (command("fuzz", "--frames", "200", "--seed", "3", "--json") for _ in range(2))
    assert (first.code, first.document) == (0, again.document)
    assert (first.document["frames"], first.document["exceptions"], first.document["bytes_lost"]) == (200, 0, 0)
    assert first.document["believed"] == {}, "no state out of another make's frame"
    shown = command("fuzz", "--frames", "200").stdout
    assert "200 frames and 25 bodies" in shown
    assert "frames were another make's; read as a state: 0" in shown


def test_what_fuzzing_finds_is_shown_and_ends_with_1(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*args: object, **more: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(FRAME_ADAPTERS["placepod"], "decode_frame", raises)
    done = command("fuzz", "--frames", "70")
    assert done.code == 1
    assert "placepod: " in done.stdout
