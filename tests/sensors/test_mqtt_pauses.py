"""How long we wait for a broker that is away: no broker is asked here (test_mqtt has a real one)."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from sensors.intake import mqtt
from sensors.intake.mqtt import BROKER_PAUSES_S, STEADY_AFTER_S, follow_broker
from sensors.intake.mqtt_connection import Broker, GoneError
from sensors.intake.mqtt_messages import Reader
from sensors.intake.routing import Server, read_routes
from tests.sensors.listening import FakeProducer, FakeSensor


async def waited(monkeypatch: pytest.MonkeyPatch, held_s: list[float]) -> list[float]:
    """The pauses after connections that held so long, one after the other."""
    pauses: list[float] = []
    clock, held = [0.0], iter(held_s)

    async def listen(*_: object) -> None:
        clock[0] += next(held, 0.0)
        raise GoneError("gone")

    async def sleep(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == len(held_s):
            raise asyncio.CancelledError

    loop = SimpleNamespace(time=lambda: clock[0])
    monkeypatch.setattr(mqtt, "_listen", listen)
    monkeypatch.setattr(mqtt, "asyncio", SimpleNamespace(get_running_loop=lambda: loop, sleep=sleep))
    reader, us, producer = Reader(read_routes(FakeSensor(), [])), Broker("broker.example", 1883, "us"), FakeProducer()
    with pytest.raises(asyncio.CancelledError):
        await follow_broker(us, Server.BOTH, reader, producer)  # type: ignore[arg-type]
    return pauses


async def test_pauses_grow_to_a_minute_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = await waited(monkeypatch, [0.0] * 12)
    for number, pause in enumerate(pauses):
        usual = min(BROKER_PAUSES_S[1], BROKER_PAUSES_S[0] * 2**number)
        assert 0.75 * usual <= pause <= 1.25 * usual


async def test_after_a_connection_that_held_the_first_pause_is_short_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = await waited(monkeypatch, [0, 0, 0, 0, 0, 0, STEADY_AFTER_S + 1, 0])
    assert pauses[5] > 10
    assert pauses[6] < 1 < 2 * BROKER_PAUSES_S[0] * 1.25
    assert pauses[7] < 2
