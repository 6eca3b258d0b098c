"""The MQTT subscriber against a real Mosquitto, with a producer that only remembers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import pytest

from parking.observations import DeviceFault, LaneCounted
from parking.words import RejectReason
from sensors.intake import mqtt
from sensors.intake.event_clock import EventClock, clock_topic
from sensors.intake.flood import FloodGuard
from sensors.intake.meters import IntakeMeters, IntakeOutcome
from sensors.intake.mqtt import BrokerError, follow_broker, read_broker
from sensors.intake.mqtt_connection import MqttInbox
from sensors.intake.mqtt_messages import Reader
from sensors.intake.mqtt_wire import Granted, MqttMessage
from sensors.intake.permissions import Permissions
from sensors.intake.routing import Server, read_routes
from sensors.sources.counter import adapter as counter
from sensors.uplink import MAX_UPLINK_BYTES
from tests.sensors.brokers import Mosquitto
from tests.sensors.listening import EUI, FakeProducer, FakeSensor, chirpstack, things_stack, topic
from tests.support import NOON

OTHER = "00aabbccddeeff02"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path)
    yield one
    one.kill()


def make_reader(**more) -> Reader:
    return Reader(read_routes(FakeSensor(), []), **more)


@asynccontextmanager
async def listening(
    broker: Mosquitto, reader: Reader, producer: FakeProducer, us: str = "placelibre-test", group: str | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """The subscriber, connected and subscribed."""
    at = read_broker(f"mqtt://127.0.0.1:{broker.port}", us, None)
    task = asyncio.create_task(follow_broker(at, Server.BOTH, reader, producer, group))  # type: ignore[arg-type]
    try:
        await until(lambda: hello(broker, reader))
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def hello(broker: Mosquitto, reader: Reader) -> bool:
    """Whether a message arrives: a join that names nobody, which is refused and counted."""
    before = reader.meters.read(IntakeOutcome.REFUSED)
    await publish(broker, (topic("join", "0" * 16), b"{}"))
    await asyncio.sleep(0.05)
    return reader.meters.read(IntakeOutcome.REFUSED) > before


async def publish(broker: Mosquitto, *messages: tuple[str, bytes], qos: int = 1, retain: bool = False) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for where, body in messages:
            await client.publish(where, body, qos=qos, retain=retain)


async def until(check: Callable[[], bool | Awaitable[bool]], patience_s: float = 15) -> None:
    async with asyncio.timeout(patience_s):
        while True:
            done = check()
            if done if isinstance(done, bool) else await done:
                return
            await asyncio.sleep(0.02)


def uplinks(*counts: int, eui: str = EUI) -> list[tuple[str, bytes]]:
    return [(topic(eui=eui), chirpstack(n, eui)) for n in counts]


async def test_uplinks_of_both_servers_arrive_once_over_however_many_gateways(broker: Mosquitto) -> None:
    reader, producer = make_reader(), FakeProducer()
    async with listening(broker, reader, producer):
        await publish(broker, *uplinks(1, 1, 2, 1, 2, 3), ("v3/city@ttn/devices/d1/up", things_stack(7, OTHER)))
        await until(lambda: len(producer.observations) == 4)
    assert producer.counters == [1, 2, 3, 7]
    assert reader.meters.read(IntakeOutcome.DUPLICATE) == 3


async def test_those_of_a_group_share_the_messages_and_each_comes_in_once(broker: Mosquitto) -> None:
    readers, producers = [make_reader(), make_reader()], [FakeProducer(), FakeProducer()]
    async with (
        listening(broker, readers[0], producers[0], "one", "bays"),
        listening(broker, readers[1], producers[1], "two", "bays"),
    ):
        await publish(broker, *uplinks(*range(1, 41)))
        await until(lambda: sum(len(one.observations) for one in producers) >= 40)
        await asyncio.sleep(0.2)  # for what might come twice
    assert sorted(producers[0].counters + producers[1].counters) == list(range(1, 41))
    assert min(len(one.observations) for one in producers) > 0
    await publish(broker, *uplinks(41, 42))
    async with (
        listening(broker, readers[0], producers[0], "one", "bays"),
        listening(broker, readers[1], producers[1], "two", "bays"),
    ):
        await until(lambda: sum(len(one.observations) for one in producers) == 42)


async def test_a_counter_is_heard_by_the_topic_that_is_mapped_to_it(broker: Mosquitto) -> None:
    def lane(device: str, **more: object) -> tuple[str, bytes]:
        body = {"device": device, "at": datetime.now(UTC).isoformat(), "type": "lane", "entries": 1}
        return f"counters/{device}/events", json.dumps(body | more).encode()

    reader, producer = Reader(read_routes(FakeSensor(), [("counters/+/events", counter)])), FakeProducer()
    once, bad, other = lane("in-1"), lane("in-1", entries="many"), lane("out-1", entries=0)
    async with listening(broker, reader, producer):
        await publish(broker, once, once, bad, other, ("counters/in-1/state", b"{}"))
        await until(lambda: len(producer.observations) == 4)
    assert [(type(seen), seen.device_id) for seen in producer.observations] == [
        (LaneCounted, "in-1"), (LaneCounted, "in-1"), (DeviceFault, "in-1"), (LaneCounted, "out-1"),
    ]  # fmt: skip
    assert producer.observations[0].event_id == producer.observations[1].event_id
    assert [reject.raw for reject in producer.rejects if reject.source == "counter"] == [bad[1]]


async def test_nothing_is_acknowledged_before_kafka_has_it(broker: Mosquitto) -> None:
    first = FakeProducer()
    reader = make_reader()
    async with listening(broker, reader, first):
        first.is_here.clear()
        await publish(broker, *uplinks(1, 2, 3))
        await until(lambda: reader.meters.read(IntakeOutcome.TAKEN) > 0)
    assert first.observations == [], "we ended while Kafka was away"

    second = FakeProducer()
    async with listening(broker, make_reader(), second):
        await until(lambda: len(second.observations) == 3)
    assert second.counters == [1, 2, 3]


async def test_a_broker_that_is_killed_is_found_again_and_nothing_published_is_lost(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "BROKER_PAUSES_S", (0.1, 1.0))
    reader, producer = make_reader(), FakeProducer()
    async with listening(broker, reader, producer):
        await publish(broker, *uplinks(1, 2))
        await until(lambda: len(producer.observations) == 2)
        producer.is_here.clear()  # so that what follows is under way, unacknowledged, when the broker dies
        await publish(broker, *uplinks(3, 4, 5))
        broker.save(f"id-{EUI}-5")
        broker.kill()
        producer.is_here.set()
        broker.start()
        await publish(broker, *uplinks(6, 7))
        await until(lambda: len(producer.observations) >= 7)
        await publish(broker, *uplinks(8))  # behind anything that the broker still had for us
        await until(lambda: 8 in producer.counters)
    assert producer.counters == [1, 2, 3, 4, 5, 6, 7, 8]
    assert reader.meters.read(IntakeOutcome.DUPLICATE) >= 1, "what was under way came again"


async def test_what_was_published_while_we_were_away_is_delivered(broker: Mosquitto) -> None:
    reader, producer = make_reader(), FakeProducer()
    async with listening(broker, reader, producer):
        pass
    await publish(broker, *uplinks(1, 2))
    async with listening(broker, reader, producer):
        await until(lambda: len(producer.observations) == 2)


async def test_a_flood_from_one_device_touches_nobody_else(broker: Mosquitto) -> None:
    reader, producer = make_reader(guard=FloodGuard(burst=10, per_second=0.001)), FakeProducer()
    async with listening(broker, reader, producer):
        await publish(broker, *uplinks(*range(1, 301)), *uplinks(1, 2, eui=OTHER))
        await until(lambda: reader.meters.read(IntakeOutcome.FLOODED) == 290)
        await until(lambda: len([seen for seen in producer.observations if seen.device_id == OTHER]) == 2)
    flood = [reject for reject in producer.rejects if reject.reason is RejectReason.FLOODED]
    assert len(flood) == 1, "one reject a burst, not one a message"
    assert topic() in flood[0].detail


async def test_an_oversized_message_costs_itself(broker: Mosquitto) -> None:
    reader, producer = make_reader(), FakeProducer()
    async with listening(broker, reader, producer):
        await publish(broker, (topic(), b" " * MAX_UPLINK_BYTES + chirpstack()), *uplinks(1))
        await until(lambda: producer.counters == [1])
    assert producer.rejects[-1].reason is RejectReason.MALFORMED_BODY


async def test_a_retained_message_is_of_unknown_age_and_is_ignored(broker: Mosquitto) -> None:
    await publish(broker, *uplinks(1), retain=True)
    reader, producer = make_reader(), FakeProducer()
    async with listening(broker, reader, producer):
        await until(lambda: reader.meters.read(IntakeOutcome.RETAINED) > 0)
    assert producer.observations == []


async def test_a_simulation_says_what_time_it_is(broker: Mosquitto) -> None:
    reader, producer = make_reader(tenant="made-up", clock=EventClock("made-up")), FakeProducer()
    clock, later = clock_topic("made-up"), NOON + timedelta(minutes=5)
    async with listening(broker, reader, producer):
        await publish(
            broker, (clock, b"2026-05-04T12:00:00Z"), (topic(), chirpstack(1)), (clock, b"2026-05-04T14:05:00+02:00"),
            (topic(), chirpstack(2)), (clock, b"2026-05-04T12:01:00Z"), (clock, b"yesterday"),
            (clock, b"2026-05-04T13:00"),
        )  # fmt: skip
        await until(lambda: producer.counters == [1, 2])
    assert producer.ticks == [("made-up", NOON, 0), ("made-up", later, 1)]
    assert [seen.received_at for seen in producer.observations] == [NOON, later]


async def test_a_broker_that_is_not_there_is_waited_for(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mqtt, "BROKER_PAUSES_S", (0.05, 1.0))
    broker.kill()
    reader, producer = make_reader(), FakeProducer()
    at = read_broker(f"mqtt://127.0.0.1:{broker.port}", "placelibre-test", None)
    task = asyncio.create_task(follow_broker(at, Server.BOTH, reader, producer))  # type: ignore[arg-type]
    await until(lambda: sum("again in" in line for line in caplog.messages) >= 3)
    assert not task.done()
    broker.start()
    await until(lambda: hello(broker, reader))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_topic_speaks_for_its_devices_alone() -> None:
    only = {"counters/nord/#": ["nord-*"], "application/app-1/#": [EUI], "application/#": []}
    routes = read_routes(FakeSensor(), [("counters/#", counter)])
    reader = Reader(routes, permissions=Permissions(only, "DEVICES"), guard=FloodGuard(burst=3))

    def say(where: str, body: bytes) -> tuple[list[str], list[RejectReason]]:
        decoded = reader.read_message(where, body, False, NOON)
        return [seen.device_id for seen in decoded.observations], [reject.reason for reject in decoded.rejects]

    lanes = json.dumps(
        [{"device": name, "at": NOON.isoformat(), "type": "lane", "entries": 1} for name in ("nord-1", "sud-1")]
    ).encode()
    refused = [RejectReason.NOT_ALLOWED]
    assert say("counters/nord/a", lanes) == (["nord-1"], refused)
    assert say("counters/sud/a", lanes) == (["nord-1", "sud-1"], []), "no filter is about it"
    assert say(topic(), chirpstack()) == ([EUI], [])
    assert say(topic(eui=OTHER), chirpstack(eui=OTHER)) == ([], refused)
    assert say(topic(application="app-2"), chirpstack(2)) == ([], refused)
    unreadable = reader.read_message(topic(eui=OTHER), chirpstack(eui=OTHER, fPort=999), False, NOON)
    assert (unreadable.observations, [one.reason for one in unreadable.rejects]) == ([], refused)
    free = Reader(routes)
    mean = free.read_message(topic(), chirpstack(eui=OTHER, fPort=999), False, NOON)
    assert (mean.observations, [one.reason for one in mean.rejects]) == ([], refused)
    assert free.read_message(topic(eui=OTHER), chirpstack(), False, NOON).rejects[0].reason in refused
    assert len(reader.known) == 1
    floods = [reader.read_message(topic(eui=EUI.upper()), chirpstack(n), False, NOON).rejects for n in range(3, 6)]
    assert [[one.reason for one in rejects] for rejects in floods] == [[], [RejectReason.FLOODED], []]


def test_a_message_that_no_route_takes_is_kept_and_says_what_to_add() -> None:
    reader = Reader(read_routes(None, [("app-2", FakeSensor())]))
    [reject] = reader.read_message(topic(), chirpstack(), False, NOON).rejects
    assert (reject.reason, reject.source, reject.tenant) == (RejectReason.UNKNOWN_DEVICE, "mqtt", "mqtt")
    assert "--map" in reject.detail


async def test_a_broker_that_refuses_every_topic_is_not_asked_again() -> None:
    class Grudging:
        def __init__(self, *codes: int) -> None:
            self.codes = codes

        async def ask(self, packet: bytes) -> Granted:
            return Granted(self.codes)

    await mqtt._subscribe(Grudging(1, 128), ["a", "b"])  # type: ignore[arg-type]
    with pytest.raises(BrokerError, match="rights"):
        await mqtt._subscribe(Grudging(128, 128), ["a", "b"])  # type: ignore[arg-type]


async def test_messages_of_qos_0_are_bounded_and_those_of_qos_1_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.intake.mqtt_connection.MAX_UNCERTAIN", 2)
    meters = IntakeMeters("mqtt")
    inbox = MqttInbox(meters)
    for packet_id in (0, 0, 0, 1, 0, 2):
        inbox.put(MqttMessage("t", b"", packet_id, False))
    assert [one.packet_id for one in inbox.take(3) + inbox.take(9)] == [0, 0, 1, 2]
    assert meters.read(IntakeOutcome.DROPPED) == 2


def test_a_broker_is_given_as_a_url_and_its_password_is_not() -> None:
    one = read_broker("mqtts://us%40er@broker.example", "id", "secret")
    assert (one.host, one.port, one.username, one.tls) == ("broker.example", 8883, "us@er", True)
    assert "secret" not in repr(one) + str(one)
    for wrong in ("broker:1883", "http://x", "mqtt://", "mqtt://h:99999"):
        with pytest.raises(BrokerError, match="mqtt://"):
            read_broker(wrong, "id", None)
    with pytest.raises(BrokerError, match="PLACELIBRE_MQTT_PASSWORD") as told:
        read_broker("mqtt://user:secret@h", "id", None)
    assert "secret" not in str(told.value)
