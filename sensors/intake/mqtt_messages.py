"""One MQTT message to what it says: whose it is, whether it may speak now, whether it is news. No IO."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from parking.observations import Observation
from parking.rejects import Reject
from parking.words import RejectReason
from sensors.contract import Adapter, Decoded, RecordRefusedError
from sensors.intake.deduplication import Deduplicator
from sensors.intake.event_clock import EventClock
from sensors.intake.flood import Admission, FloodGuard
from sensors.intake.meters import IntakeMeters, IntakeOutcome
from sensors.intake.mqtt_wire import MqttMessage
from sensors.intake.permissions import ANY, Permissions, is_allowed
from sensors.intake.receiving import SAYS_NOTHING, Looked, device_in, hear, look_at, look_into, outcome_of, refuse
from sensors.intake.routing import Routes, device_of, kind_of
from sensors.plain import decline
from sensors.uplink import Aside, LifeSign, MessageKind, Uplink

NO_SOURCE = "mqtt"
"""Stands as the source of a message that no route leads anywhere."""
MAX_TOPIC = 200
MAX_WAYS = 100_000
"""Topics whose ways are kept; beyond that they are found anew."""


class Way(NamedTuple):
    """What a topic says by itself: who reads its messages, or that their names tell; of which device; for whom."""

    topic: str
    adapter: Adapter | None
    by_names: bool
    kind: MessageKind
    device: str
    allowed: Sequence[str]


@dataclass
class Reader:
    """Reads messages in their order; those of a simulation by its ``clock``.

    ``tenant`` None is each source's own city; ``city`` has the sources that have none, and what no route takes.

    What it has read counts as known at once: whoever uses it must bring it into Kafka, or end.
    """

    routes: Routes
    tenant: str | None = None
    city: str = NO_SOURCE
    meters: IntakeMeters = field(default_factory=lambda: IntakeMeters("mqtt"))
    guard: FloodGuard = field(default_factory=FloodGuard)
    clock: EventClock | None = None
    known: Deduplicator = field(default_factory=Deduplicator)
    permissions: Permissions = field(default_factory=Permissions)
    _ways: dict[str, Way] = field(default_factory=dict)

    def read_messages(self, messages: Iterable[MqttMessage], now: datetime) -> Decoded:
        """What several messages say, one after the other. Total.

        A retained message is ignored: the broker keeps it for whoever subscribes, and nobody knows how old it is.
        """
        observations: list[Observation] = []
        rejects: list[Reject] = []
        outcomes: list[IntakeOutcome] = []
        for topic, body, _, is_retained in messages:
            way = self._ways.get(topic) or self._find_way(topic)
            outcome, decoded = (IntakeOutcome.RETAINED, SAYS_NOTHING) if is_retained else self._read(way, body, now)
            outcomes.append(outcome)
            observations += decoded.observations
            rejects += decoded.rejects
        for outcome, count in Counter(outcomes).items():
            self.meters.count(outcome, count)
        return Decoded(observations, rejects)

    def read_message(self, topic: str, body: bytes, is_retained: bool, now: datetime) -> Decoded:
        """The same of one."""
        return self.read_messages((MqttMessage(topic, body, 0, is_retained),), now)

    def _find_way(self, topic: str) -> Way:
        if len(self._ways) >= MAX_WAYS:
            self._ways.clear()
        adapter = self.routes.find_by_topic(topic)
        by_names = adapter is None and bool(self.routes.by_name)
        found = adapter or (None if by_names else self.routes.default)
        way = Way(topic, found, by_names, kind_of(topic), device_of(topic), self.permissions.of_topic(topic))
        self._ways[topic] = way
        return way

    def _read(self, way: Way, body: bytes, now: datetime) -> tuple[IntakeOutcome, Decoded]:
        adapter, topic = way.adapter, way.topic
        looked: Looked
        if way.by_names:
            looked = look_into(body, way.kind, decline)
            adapter = self.routes.find_by_names(looked.names)
        else:
            looked = look_at(adapter, body, way.kind) if adapter is not None else None
        if isinstance(looked, Aside) and adapter is not None:
            return IntakeOutcome.IGNORED, SAYS_NOTHING
        tenant = self.tenant or (adapter and adapter.INFO.tenant) or self.city
        source = adapter.INFO.id if adapter is not None else NO_SOURCE
        device = looked.dev_eui if isinstance(looked, Uplink | LifeSign) else None
        # A device is held to its pace, whatever topics it uses; what names none, its topic.
        admission = self.guard.admit(topic if device is None else f"{source}/{device}", now)
        if admission is Admission.REFUSED:
            return IntakeOutcome.FLOODED, SAYS_NOTHING
        if admission is Admission.FIRST_REFUSED:
            detail = f"{topic:.{MAX_TOPIC}} sends more than it may: only this message is kept; look at that device"
            return IntakeOutcome.FLOODED, refuse(source, RejectReason.FLOODED, detail, body, tenant, now)
        if adapter is None:
            detail = f"no source is given for {topic:.{MAX_TOPIC}}: add --map APPLICATION=SOURCE"
            return IntakeOutcome.UNROUTED, refuse(NO_SOURCE, RejectReason.UNKNOWN_DEVICE, detail, body, tenant, now)
        named = device or device_in(looked)
        if named is not None and (detail := self._objection(way, named)):
            looked = RecordRefusedError(RejectReason.NOT_ALLOWED, detail, named)
        with hear(adapter, body, self.known, tenant, now, looked=looked) as reading:
            if way.allowed is not ANY:
                decoded = self.permissions.filter(reading.decoded, way.allowed, f"the topic {topic}", tenant, now)
                reading = msgspec.structs.replace(reading, decoded=decoded)
            return outcome_of(reading), reading.decoded

    def _objection(self, way: Way, device: str) -> str:
        """Why this topic may not speak for the device; empty where it may."""
        if way.device not in ("", device):
            return f"sent on the topic of {way.device:.40} and tells of {device}: look at who publishes there"
        return "" if is_allowed(device, way.allowed) else self.permissions.detail(f"the topic {way.topic}", device)
