"""A simulation told to a broker, at a pace: its messages in the order of their delivery, and its clock between them.

Every message has QoS 1 and is acknowledged by the broker before it counts as told; some hundred are on their way at a
time, in their order. The clock is retained (``sensors.intake.event_clock``) and comes before the first message.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

import aiomqtt

from parking.instants import from_us
from sensors.intake.event_clock import clock_topic
from sensors.intake.mqtt_connection import Broker
from sensors.simulator.running import SimulatedMessage
from serving.tls import client_context

CLOCK_EVERY_US = 15_000_000
ON_THE_WAY = 200
OnProgress = Callable[[int, int], None]


async def broadcast(
    broker: Broker,
    tenant: str,
    messages: Iterable[SimulatedMessage],
    until_us: int,
    speed: float | None,
    on_progress: OnProgress = lambda us, told: None,
) -> int:
    """Tell all messages, and the time until ``until_us`` at least; returns how many messages.

    ``speed`` is how many times faster than it happened, None as fast as can be. ``on_progress`` gets the simulated time
    (microseconds since 1970) and how many are told. Raises aiomqtt.MqttError where the broker cannot be reached or goes
    away.
    """
    told = 0
    loop = asyncio.get_running_loop()
    async with aiomqtt.Client(
        broker.host, broker.port, username=broker.username, password=broker.password, identifier=broker.client_id,
        max_queued_outgoing_messages=0,
        tls_context=client_context(broker.files, "TLS to the broker") if broker.tls else None,
    ) as client:  # fmt: skip
        client.pending_calls_threshold = 10 * ON_THE_WAY
        began: tuple[float, int] | None = None
        for tick_us, group in quarters(messages, until_us):
            if began is None:
                began = (loop.time(), tick_us - CLOCK_EVERY_US)
                await _say_time(client, tenant, tick_us - CLOCK_EVERY_US)
            waiting: deque[asyncio.Task[None]] = deque()
            for message in group:
                waiting.append(loop.create_task(client.publish(message.topic, message.payload, qos=1)))
                told += 1
                if len(waiting) >= ON_THE_WAY:
                    await waiting.popleft()
            await asyncio.gather(*waiting)
            await _say_time(client, tenant, tick_us)
            on_progress(tick_us, told)
            if speed is not None:
                due = began[0] + (tick_us - began[1]) / 1_000_000 / speed
                await asyncio.sleep(max(0.0, due - loop.time()))
        await client.publish(clock_topic(tenant), b"", qos=1, retain=True)  # over: no later run may begin at its end
    return told


def quarters(messages: Iterable[SimulatedMessage], until_us: int) -> Iterator[tuple[int, Iterator[SimulatedMessage]]]:
    """Messages by quarters of a minute, each with the moment at which it ends; quiet ones too, to ``until_us``."""
    following: int | None = None
    for number, group in groupby(messages, key=lambda message: message.delivered_us // CLOCK_EVERY_US):
        for quiet in range(number if following is None else following, number):
            yield (quiet + 1) * CLOCK_EVERY_US, iter(())
        yield (number + 1) * CLOCK_EVERY_US, group
        following = number + 1
    last = -(-until_us // CLOCK_EVERY_US)
    for quiet in range(last - 1 if following is None else following, last):
        yield (quiet + 1) * CLOCK_EVERY_US, iter(())


async def _say_time(client: aiomqtt.Client, tenant: str, us: int) -> None:
    await client.publish(clock_topic(tenant), from_us(us).isoformat(), qos=1, retain=True)
