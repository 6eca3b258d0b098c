"""MQTT: uplinks as network servers pass them on, and counters with topics of their own, into Kafka.

A message of QoS 1 is acknowledged to the broker only after Kafka has it, and the session is persistent: what was
published with QoS 1 while we, Kafka or the broker were away is delivered later, as far as the broker keeps it. May
deliver twice. What can be lost nevertheless is listed in docs/intake.md.
"""

import asyncio
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote, urlparse

import aiomqtt

from parking.delays import delays
from parking.errors import ParkingError
from parking.words import ClockBasis
from sensors.intake.broker_queue import BrokerQueue
from sensors.intake.event_clock import EventClock
from sensors.intake.mqtt_messages import Reader
from sensors.intake.routing import Server
from streams.producer import ObservationProducer

log = logging.getLogger(__name__)

BROKER_PAUSES_S = (0.5, 60.0)
STEADY_AFTER_S = 30.0
"""A connection that held so long was a good one: the next pause is short again."""
KEEPALIVE_S = 30
BATCH = 500
REFUSED = 128
"""The first code of a SUBACK that says no."""


class BrokerError(ParkingError):
    """The broker's address or its answer cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Broker:
    """Where the broker is and who we are to it. ``client_id`` names the persistent session: one process each."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


def read_broker(url: str, client_id: str, password: str | None) -> Broker:
    """A broker from ``mqtt://[user@]host[:port]``, or mqtts.

    Raises BrokerError for anything else, and for a password in it.
    """
    example = "give it like mqtt://broker.example:1883, or mqtts://user@broker.example"
    try:
        parts = urlparse(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise BrokerError(f"the broker's URL cannot be read: {error}; {example}") from error
    if parts.password is not None:
        raise BrokerError("others can see a password in the URL: leave it out, and set PLACELIBRE_MQTT_PASSWORD")
    if parts.scheme not in ("mqtt", "mqtts") or not host:
        raise BrokerError(f"{url!r} is not the address of a broker; {example}")
    tls = parts.scheme == "mqtts"
    username = unquote(parts.username) if parts.username else None
    return Broker(host, port or (8883 if tls else 1883), client_id, username, password, tls)


async def follow_broker(broker: Broker, server: Server, reader: Reader, producer: ObservationProducer) -> None:
    """Listen for ever; ends only when cancelled, or with BrokerError where the broker lets us subscribe to nothing."""
    loop = asyncio.get_running_loop()
    pauses = delays(*BROKER_PAUSES_S, random.random)
    while True:
        started, reason = loop.time(), "the connection ended"
        try:
            await _listen(broker, server, reader, producer)
        except aiomqtt.MqttError as error:
            reason = str(error)
        if loop.time() - started > STEADY_AFTER_S:
            pauses = delays(*BROKER_PAUSES_S, random.random)
        pause = next(pauses)
        log.warning("%s: %s; again in %.1f s", broker, reason, pause)
        await asyncio.sleep(pause)


async def _listen(broker: Broker, server: Server, reader: Reader, producer: ObservationProducer) -> None:
    """One connection, until it breaks."""
    async with _connect(broker, reader) as client:
        if reader.clock is not None:
            await _subscribe(client, [reader.clock.topic])
        await _subscribe(client, reader.routes.filters(server))
        log.info("%s: connected as %s", broker, broker.client_id)
        messages = client.messages
        async for first in messages:
            batch = [first]
            while len(messages) and len(batch) < BATCH:
                batch.append(await anext(messages))
            await _bring_in(client, batch, reader, producer)


def _connect(broker: Broker, reader: Reader) -> aiomqtt.Client:
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        identifier=broker.client_id,
        clean_session=False,
        keepalive=KEEPALIVE_S,
        queue_type=BrokerQueue.counting(reader.meters),
        tls_params=aiomqtt.TLSParameters() if broker.tls else None,
    )
    client._client.manual_ack_set(True)  # aiomqtt 2.5 has no word for it; its paho client has
    return client


async def _subscribe(client: aiomqtt.Client, filters: Sequence[str]) -> None:
    """Ask for each filter alone: a broker may refuse another server's topics."""
    answers = {topic: await client.subscribe(topic, qos=1) for topic in filters}
    refused = [topic for topic, codes in answers.items() if all(_value(code) >= REFUSED for code in codes)]
    if len(refused) == len(filters):
        raise BrokerError(
            f"the broker does not let this user read {', '.join(refused)}: check the user's rights on the broker"
        )
    if refused:
        log.warning("the broker refuses %s; give --server to ask for one server's topics only", ", ".join(refused))


def _value(code: object) -> int:
    """MQTT 3.1.1 answers with numbers, which aiomqtt's paho wraps."""
    return int(getattr(code, "value", code))  # type: ignore[call-overload,no-any-return]


async def _bring_in(
    client: aiomqtt.Client, batch: Sequence[aiomqtt.Message], reader: Reader, producer: ObservationProducer
) -> None:
    """Outputs first: only when Kafka has what a batch said are its messages acknowledged, in their order."""
    for part, tick in _until_ticks(batch, reader.clock):
        now = (reader.clock.now if reader.clock else None) or datetime.now(UTC)
        readings = [reader.read_message(str(message.topic), message.payload, message.retain, now) for message in part]
        observations = [seen for decoded in readings for seen in decoded.observations]
        rejects = [reject for decoded in readings for reject in decoded.rejects]
        if observations or rejects:
            await producer.send(observations, rejects)
        if tick is not None and reader.clock is not None and (later := reader.clock.advance(tick)) is not None:
            await producer.tick(reader.clock.tenant, later, ClockBasis.EVENT)
    for message in batch:
        if message.qos:
            client._client.ack(message.mid, message.qos)


def _until_ticks(
    batch: Sequence[aiomqtt.Message], clock: EventClock | None
) -> Iterator[tuple[list[aiomqtt.Message], bytes | None]]:
    """The messages up to each word of the clock, with that word; the last without one."""
    part: list[aiomqtt.Message] = []
    for message in batch:
        if clock is None or str(message.topic) != clock.topic:
            part.append(message)
            continue
        yield part, message.payload
        part = []
    yield part, None
