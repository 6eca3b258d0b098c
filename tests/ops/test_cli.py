"""The command line towards people: what it refuses, how it says so, and that its help has examples."""

from __future__ import annotations

import json
import tomllib

import pytest

from tests.conftest import House
from tests.support import ROOT, placelibre

pytestmark = pytest.mark.slow

NOWHERE = {"PLACELIBRE_KAFKA": "127.0.0.1:9", "PLACELIBRE_REDIS": "redis://127.0.0.1:9/0", "COLUMNS": "200"}
COMMANDS = [
    "run",
    "worker",
    "poll",
    "replay",
    "mqtt",
    "webhook",
    "sites",
    "site",
    "nearest",
    "history",
    "at",
    "plot",
    "rejects",
    "catalogue",
    "doctor",
    "local",
]


def refused(*args: str, env: dict[str, str] = NOWHERE) -> str:
    done = placelibre(env, *args, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def test_help_lists_every_command() -> None:
    shown = placelibre({"COLUMNS": "200"}, "--help").stdout
    assert all(command in shown for command in COMMANDS)


def test_the_version_is_that_of_pyproject_and_help_says_it_too() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert placelibre(NOWHERE, "--version").stdout == f"placelibre {version}\n", "install again: make setup"
    assert f"placelibre {version}" in placelibre(NOWHERE, "--help").stdout


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in ("run", "local")])
def test_every_command_has_an_example(command: str) -> None:
    assert (
        f"placelibre {command}"
        in placelibre({"COLUMNS": "200"}, command, "--help").stdout.replace("Usage: python -m ops", "")
        or "placelibre --kafka" in placelibre({"COLUMNS": "200"}, command, "--help").stdout
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nearest", "nan", "47"], "LON is nan; it must be -180..180"),
        (["nearest", "-1.5", "97"], "LAT is 97.0; it must be -90..90"),
        (["nearest", "-1.5", "47", "--k", "0"], "--k is 0; it must be 1..1000"),
        (["nearest", "-1.5", "47", "--k", "1000000000"], "1..1000"),
        (["nearest", "-1.5", "47", "--radius-m", "-1"], "--radius-m is -1.0"),
        (["nearest", "-1.5", "47", "--radius-m", "nan"], "--radius-m is nan"),
        (["nearest", "-1.5", "47", "--need", "helicopter"], "'helicopter' is not one of"),
        (["nearest", "east", "47"], "Invalid value for 'LON'"),
        (["replay", "/no/such/file", "--source", "nantes"], "cannot read /no/such/file"),
        (["replay", "README.md", "--source", "paris"], "no source 'paris'; known are"),
        (["replay", "README.md", "--source", "nantes", "--speed", "fast"], "above 0"),
        (["replay", "README.md", "--source", "nantes", "--tenant", "Nantes Métropole"], "must be 1-63 of"),
        (["poll", "--source", "german_series"], "no live feed"),
        (["sites"], "Redis does not answer"),
        (["rejects"], "Kafka does not answer"),
    ],
)
def test_bad_input_is_one_sentence_that_says_what_to_do(args: list[str], said: str) -> None:
    assert said in " ".join(refused(*args).split())


def test_a_wrong_setting_is_named() -> None:
    assert "partitions" in refused("sites", env=NOWHERE | {"PLACELIBRE_PARTITIONS": "many"})


def test_an_unknown_tenant_is_not_an_empty_city(house: House) -> None:
    assert "nothing is known of city 'atlantis'" in refused("sites", "--tenant", "atlantis", env=house.env)


def test_the_doctor_finds_what_is_missing_and_says_what_to_do() -> None:
    done = placelibre(NOWHERE, "doctor", "--json", check=False)
    assert done.returncode == 1
    findings = {row["what"]: row for row in json.loads(done.stdout)}
    assert findings["kafka"]["state"] == findings["redis"]["state"] == "bad"
    assert "placelibre local up" in findings["kafka"]["detail"]


def test_the_doctor_is_content_with_a_running_house(house: House) -> None:
    findings = json.loads(placelibre(house.env, "doctor", "--json").stdout)
    assert not [row for row in findings if row["state"] == "bad"]
    status = json.loads(placelibre(house.env, "local", "status", "--json").stdout)
    assert status["kafka"]["answers"]
    assert status["valkey"]["answers"]
