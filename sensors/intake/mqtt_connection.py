"""One connection to an MQTT broker: subscribe, take what has come, acknowledge it. Ends with GoneError, always."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from sensors.intake.meters import IntakeMeters, IntakeOutcome
from sensors.intake.mqtt_wire import (
    GOODBYE,
    PING,
    REFUSALS,
    Granted,
    Greeted,
    MqttMessage,
    Splitter,
    Told,
    WireError,
    acknowledge,
    connect,
    subscribe,
)
from serving.tls import NO_FILES, TlsFiles, client_context

KEEPALIVE_S = 30
PATIENCE_S = 10.0
"""For an answer to CONNECT and SUBSCRIBE."""
MAX_UNCERTAIN = 10_000
"""Messages of QoS 0 that may wait, for instance while Kafka is away."""


class GoneError(Exception):
    """The connection is no more, or never was; the message says why."""


@dataclass(frozen=True)
class Broker:
    """Where the broker is and who we are to it. ``client_id`` names the persistent session: one process each."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    files: TlsFiles = NO_FILES

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


class MqttInbox:
    """What came from the broker and was not read yet: bounded, whatever its quality of service.

    Messages of QoS 1 are bounded by the broker's own window of unacknowledged ones; dropping one would block it. Those
    of QoS 0 promise nothing, and are dropped and counted where too many wait.
    """

    def __init__(self, meters: IntakeMeters) -> None:
        self._meters = meters
        self.waiting: list[MqttMessage] = []

    def put(self, message: MqttMessage) -> None:
        """Keep one message, or drop it."""
        if message.packet_id == 0 and len(self.waiting) >= MAX_UNCERTAIN:
            self._meters.count(IntakeOutcome.DROPPED)
        else:
            self.waiting.append(message)

    def take(self, most: int) -> list[MqttMessage]:
        """The oldest of them."""
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken


class MqttConnection(asyncio.Protocol):
    """See the module. Its methods belong to asyncio's loop; ``take``, ``ask`` and ``acknowledge`` are for its user."""

    def __init__(self, meters: IntakeMeters) -> None:
        self._inbox, self._splitter = MqttInbox(meters), Splitter()
        self._news = asyncio.Event()
        self._answers: asyncio.Queue[Greeted | Granted] = asyncio.Queue()
        self._transport: asyncio.Transport | None = None
        self._gone: str | None = None
        self._heard_at = 0.0

    async def ask(self, packet: bytes) -> Greeted | Granted:
        """Send a packet that is answered; GoneError where the answer does not come."""
        self._write(packet)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self._gone is None:
                    if not self._answers.empty():
                        return self._answers.get_nowait()
                    await self._wait()
        except TimeoutError as error:
            raise GoneError("the broker does not answer") from error
        raise GoneError(self._gone)

    async def take(self, most: int) -> list[MqttMessage]:
        """What has come, at least one, at most so many. GoneError once it ended: what waited will come again."""
        while not self._inbox.waiting and self._gone is None:
            await self._wait()
        if self._gone is not None:
            raise GoneError(self._gone)
        return self._inbox.take(most)

    def acknowledge(self, messages: Sequence[MqttMessage]) -> None:
        """Tell the broker, in one write, that these are ours now."""
        self._write(acknowledge([message.packet_id for message in messages]))

    async def ping(self) -> None:
        """Keep the connection alive, and end it where the broker is silent; for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(KEEPALIVE_S / 2)
            if loop.time() - self._heard_at > 2 * KEEPALIVE_S:
                self.end("the broker says nothing any more")
                return
            self._write(PING)

    def end(self, why: str) -> None:
        """Close it; whoever waits for messages is told why."""
        self._gone = self._gone or why
        self._news.set()
        if self._transport is not None:
            self._transport.abort()

    def say_goodbye(self) -> None:
        """Leave as MQTT wants it: what was acknowledged before is sent first."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(GOODBYE)
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)
        self._heard_at = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._heard_at = asyncio.get_running_loop().time()
        try:
            for one in self._splitter.feed(data):
                self._keep(one)
        except WireError as error:
            self.end(f"this is no MQTT: {error}")
        self._news.set()

    def connection_lost(self, error: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._gone = self._gone or str(error or "the broker closed the connection")
        self._news.set()

    def _keep(self, one: Told) -> None:
        if isinstance(one, MqttMessage):
            self._inbox.put(one)
        else:
            self._answers.put_nowait(one)

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _write(self, packet: bytes) -> None:
        if self._gone is None and self._transport is not None and packet:
            self._transport.write(packet)


@asynccontextmanager
async def connected(at: Broker, meters: IntakeMeters) -> AsyncIterator[MqttConnection]:
    """A connection that the broker has greeted. Raises GoneError where it does not."""
    context = client_context(at.files, "TLS to the broker") if at.tls else None
    try:
        async with asyncio.timeout(PATIENCE_S):
            _, link = await asyncio.get_running_loop().create_connection(
                lambda: MqttConnection(meters), at.host, at.port, ssl=context
            )
    except (OSError, TimeoutError) as error:
        raise GoneError(str(error) or "it does not answer") from error
    pinging = asyncio.create_task(link.ping())
    try:
        answer = await link.ask(connect(at.client_id, at.username, at.password, KEEPALIVE_S))
        if not isinstance(answer, Greeted) or answer.code:
            code = answer.code if isinstance(answer, Greeted) else 3
            raise GoneError(REFUSALS.get(code, f"the broker refuses us with code {code}"))
        yield link
    finally:
        pinging.cancel()
        link.say_goodbye()


async def grant(link: MqttConnection, filters: Sequence[str]) -> list[int]:
    """What the broker grants for each filter."""
    answer = await link.ask(subscribe(filters))
    if not isinstance(answer, Granted) or len(answer.codes) != len(filters):
        raise GoneError("the broker does not say which topics it grants")
    return list(answer.codes)
