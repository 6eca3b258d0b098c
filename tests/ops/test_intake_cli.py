"""The commands that receive, up to where a Kafka is needed: what they refuse, and that no secret is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ops import feeding
from ops.settings import Settings, SettingsError, load_settings
from parking.errors import ParkingError
from streams.connection import ProducerConnection
from tests.support import placelibre

pytestmark = pytest.mark.slow

NOWHERE = {"PLACELIBRE_KAFKA": "127.0.0.1:9", "COLUMNS": "200"}
SECRET = "correct horse battery staple"
BROKER = "mqtt://127.0.0.1:9"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["mqtt", BROKER], "give --source"),
        (["mqtt", "127.0.0.1", "--source", "nantes"], "mqtt://broker.example"),
        (["mqtt", f"mqtt://me:{SECRET}@h", "--source", "nantes"], "set PLACELIBRE_MQTT_PASSWORD"),
        (["mqtt", BROKER, "--source", "paris"], "no source 'paris'"),
        (["mqtt", BROKER, "--source", "operator"], "only the desk sends it"),
        (["mqtt", BROKER, "--map", "a/#=operator"], "only the desk sends it"),
        (["poll", "--source", "operator", "--url", "http://127.0.0.1:9"], "only the desk sends it"),
        (["replay", "README.md", "--source", "operator"], "only the desk sends it"),
        (["mqtt", BROKER, "--map", "bays"], "APPLICATION=SOURCE"),
        (["mqtt", BROKER, "--map", "a=nantes", "--map", "a=ulm"], "single source"),
        (["mqtt", BROKER, "--source", "nantes"], "Kafka does not answer"),
        (["mqtt", BROKER, "--source", "nwave_nps405", "--group", "a/b"], "without /, +, #"),
        (["mqtt", BROKER, "--source", "nwave_nps405", "--group", "a"], "a --client-id of its own"),
        (["webhook"], "set PLACELIBRE_WEBHOOK_TOKENS"),
        (["webhook", "--listen", "here"], "host:port"),
    ],
)
def test_bad_input_is_one_sentence_that_says_what_to_do(args: list[str], said: str) -> None:
    done = placelibre(NOWHERE, *args, check=False)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WEBHOOK_TOKENS", '{"nantes": "horse staple"}', "16 characters or more"),
        ("WEBHOOK_TOKENS", '{"nantes": ["horse staple"]}', "webhook_tokens.nantes"),
        ("WEBHOOK_SECRETS", "nantes=horse staple", "webhook_secrets"),
        ("WEBHOOK_LISTEN", "here", "host:port"),
        ("WEBHOOK_DEVICES", '{"counter": "nord-*"}', "webhook_devices.counter"),
    ],
)
def test_a_wrong_secret_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"PLACELIBRE_{name}", value)
    with pytest.raises(SettingsError, match=said) as told:
        load_settings()
    assert "horse" not in str(told.value)


def test_a_credential_for_the_desk_lets_nobody_in_from_outside() -> None:
    env = {**NOWHERE, "PLACELIBRE_WEBHOOK_TOKENS": f'{{"operator": "{SECRET}"}}'}
    done = placelibre(env, "webhook", check=False)
    assert done.returncode == 2
    assert "only the desk sends it" in " ".join(done.stderr.split())


def test_a_misspelt_secret_is_not_shown_either(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    file = tmp_path / "placelibre.toml"
    file.write_text(f'[webhook_token]\nnantes = "{SECRET}"\n')
    monkeypatch.setenv("PLACELIBRE_CONFIG", str(file))
    with pytest.raises(SettingsError, match="webhook_token") as told:
        load_settings()
    assert SECRET not in str(told.value)


def test_devices_are_handed_to_children_as_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    only = {"counter/nord": ["nord-*"]}
    for name, value in Settings(webhook_devices=only, mqtt_devices={"a/#": []}).as_environment().items():
        monkeypatch.setenv(name, value)
    assert (load_settings().webhook_devices, load_settings().mqtt_devices) == (only, {"a/#": []})


def test_secrets_are_neither_printed_nor_handed_to_children() -> None:
    settings = Settings(webhook_tokens={"nantes": SECRET}, mqtt_password=SECRET)  # type: ignore[arg-type]
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.as_environment())
    assert not [name for name in settings.as_environment() if "TOKEN" in name or "PASSWORD" in name]


class FakeFollower:
    """A catalogue that is caught up at once and followed until ``fails``."""

    fails = asyncio.Event()

    def __init__(self, *_: Any) -> None:
        self.catalogue = None

    async def follow(self) -> None:
        await self.fails.wait()
        raise ParkingError("the catalogue is gone")

    async def catch_up(self) -> None:
        return None


@pytest.fixture
def _no_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any) -> None:
        return None

    monkeypatch.setattr(FakeFollower, "fails", asyncio.Event())
    monkeypatch.setattr(feeding, "CatalogueFollower", FakeFollower)
    monkeypatch.setattr(feeding, "create_topics", nothing)
    monkeypatch.setattr(ProducerConnection, "get", nothing)


@pytest.mark.usefixtures("_no_kafka")
async def test_an_error_of_the_work_comes_out_as_itself_and_so_does_one_of_the_catalogue() -> None:
    async def fail() -> None:
        raise ParkingError("the work failed")

    async def lose_the_catalogue() -> None:
        FakeFollower.fails.set()
        await asyncio.sleep(10)

    async def follow(work: Callable[[], Awaitable[object]]) -> None:
        async with feeding.follow_catalogue(Settings()):
            await work()

    await follow(lambda: asyncio.sleep(0))
    with pytest.raises(ParkingError, match="the work failed"):
        await follow(fail)
    with pytest.raises(ParkingError, match="the catalogue is gone"):
        await follow(lose_the_catalogue)
