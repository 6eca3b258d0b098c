"""What came from the broker and was not read yet: bounded, whatever its quality of service."""

import asyncio

import aiomqtt

from sensors.intake.meters import IntakeMeters, IntakeOutcome

MAX_UNCERTAIN = 10_000
"""Messages of QoS 0 that may wait, for instance while Kafka is away."""


class BrokerQueue(asyncio.Queue[aiomqtt.Message]):
    """Messages of QoS 1 are bounded by the broker's own window of unacknowledged ones; dropping one would block it.

    Those of QoS 0 promise nothing, and are dropped and counted where too many wait.
    """

    meters: IntakeMeters

    @classmethod
    def counting(cls, meters: IntakeMeters) -> "type[BrokerQueue]":
        """This queue with a meter: the client makes it by itself, and passes on nothing."""
        return type(cls.__name__, (cls,), {"meters": meters})

    def put_nowait(self, item: aiomqtt.Message) -> None:
        """See asyncio.Queue; never full."""
        if item.qos == 0 and self.qsize() >= MAX_UNCERTAIN:
            self.meters.count(IntakeOutcome.DROPPED)
        else:
            super().put_nowait(item)
