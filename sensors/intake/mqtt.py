"""MQTT: uplinks as network servers pass them on, and counters with topics of their own, into Kafka.

A message of QoS 1 is acknowledged to the broker only after Kafka has it, and the session is persistent: what was
published with QoS 1 while we, Kafka or the broker were away is delivered later, as far as the broker keeps it. May
deliver twice. What can be lost nevertheless is listed in docs/intake.md.
"""

import asyncio
import logging
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import unquote, urlparse

from parking.delays import delays
from parking.errors import ParkingError
from parking.words import ClockBasis
from sensors.intake.event_clock import EventClock
from sensors.intake.mqtt_connection import Broker, GoneError, MqttConnection, connected, grant
from sensors.intake.mqtt_messages import Reader
from sensors.intake.mqtt_wire import REFUSED, MqttMessage
from sensors.intake.routing import Server
from serving.tls import NO_FILES, TlsFiles
from streams.collecting import collect_seldom
from streams.producer import ObservationProducer

log = logging.getLogger(__name__)

BROKER_PAUSES_S = (0.5, 60.0)
STEADY_AFTER_S = 30.0
"""A connection that held so long was a good one: the next pause is short again."""
BATCH = 1_000
"""Messages that are brought to Kafka together."""


class BrokerError(ParkingError):
    """The broker's address or its answer cannot be used; the message says what to do."""


def read_broker(url: str, client_id: str, password: str | None, files: TlsFiles = NO_FILES) -> Broker:
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
    return Broker(host, port or (8883 if tls else 1883), client_id, username, password, tls, files)


async def follow_broker(
    broker: Broker, server: Server, reader: Reader, producer: ObservationProducer, group: str | None = None
) -> None:
    """Listen for ever; ends only when cancelled, or with BrokerError where the broker lets us subscribe to nothing.

    Those of one ``group`` share the messages: each gets to one of them.
    """
    collect_seldom()
    loop = asyncio.get_running_loop()
    pauses = delays(*BROKER_PAUSES_S, random.random)
    while True:
        started, reason = loop.time(), "the connection ended"
        try:
            await _listen(broker, server, reader, producer, group)
        except GoneError as error:
            reason = str(error)
        if loop.time() - started > STEADY_AFTER_S:
            pauses = delays(*BROKER_PAUSES_S, random.random)
        pause = next(pauses)
        log.warning("%s: %s; again in %.1f s", broker, reason, pause)
        await asyncio.sleep(pause)


async def _listen(
    broker: Broker, server: Server, reader: Reader, producer: ObservationProducer, group: str | None
) -> None:
    """One connection, until it breaks."""
    async with connected(broker, reader.meters) as link:
        if reader.clock is not None:
            await _subscribe(link, [reader.clock.topic])
        filters = reader.routes.filters(server)
        await _subscribe(link, [f"$share/{group}/{one}" for one in filters] if group else filters)
        log.info("%s: connected as %s", broker, broker.client_id)
        while True:
            batch = await link.take(BATCH)
            await _bring_in(batch, reader, producer)
            link.acknowledge(batch)


async def _subscribe(link: MqttConnection, filters: Sequence[str]) -> None:
    """Ask for each filter: a broker may refuse another server's topics."""
    codes = await grant(link, filters)
    refused = [topic for topic, code in zip(filters, codes, strict=True) if code >= REFUSED]
    if len(refused) == len(filters):
        raise BrokerError(
            f"the broker does not let this user read {', '.join(refused)}: check the user's rights on the broker"
        )
    if refused:
        log.warning("the broker refuses %s; give --server to ask for one server's topics only", ", ".join(refused))


async def _bring_in(batch: Sequence[MqttMessage], reader: Reader, producer: ObservationProducer) -> None:
    """Outputs first: this returns when Kafka has what a batch said, and then its messages may be acknowledged."""
    for part, tick in _until_ticks(batch, reader.clock):
        now = (reader.clock.now if reader.clock else None) or datetime.now(UTC)
        decoded = reader.read_messages(part, now)
        if decoded.observations or decoded.rejects:
            await producer.send(decoded.observations, decoded.rejects)
        if tick is not None and reader.clock is not None and (later := reader.clock.advance(tick)) is not None:
            await producer.tick(reader.clock.tenant, later, ClockBasis.EVENT)


def _until_ticks(
    batch: Sequence[MqttMessage], clock: EventClock | None
) -> Iterator[tuple[Sequence[MqttMessage], bytes | None]]:
    """The messages up to each word of the clock, with that word; the last without one."""
    if clock is None:
        yield batch, None
        return
    part: list[MqttMessage] = []
    for message in batch:
        if message.topic != clock.topic:
            part.append(message)
            continue
        yield part, message.payload
        part = []
    yield part, None
