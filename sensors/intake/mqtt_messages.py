"""One MQTT message to what it says: whose it is, whether it may speak now, whether it is news. No IO."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from parking.observations import Observation
from parking.rejects import Reject
from parking.words import RejectReason
from sensors.contract import Decoded, RecordRefusedError
from sensors.intake.deduplication import Deduplicator
from sensors.intake.event_clock import EventClock
from sensors.intake.flood import Admission, FloodGuard
from sensors.intake.meters import IntakeMeters, IntakeOutcome
from sensors.intake.mqtt_wire import MqttMessage
from sensors.intake.permissions import Permissions, is_allowed
from sensors.intake.receiving import SAYS_NOTHING, Looked, hear, look_at, look_into, outcome_of, refuse
from sensors.intake.routing import Routes, device_of, kind_of
from sensors.plain import decline
from sensors.uplink import Aside, LifeSign, Uplink

NO_SOURCE = "mqtt"
"""Stands as the source of a message that no route leads anywhere."""
MAX_TOPIC = 200


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

    def read_messages(self, messages: Iterable[MqttMessage], now: datetime) -> Decoded:
        """What several messages say, one after the other."""
        observations: list[Observation] = []
        rejects: list[Reject] = []
        for topic, body, _, is_retained in messages:
            decoded = self.read_message(topic, body, is_retained, now)
            observations += decoded.observations
            rejects += decoded.rejects
        return Decoded(observations, rejects)

    def read_message(self, topic: str, body: bytes, is_retained: bool, now: datetime) -> Decoded:
        """What a message says. Total.

        A retained message is ignored: the broker keeps it for whoever subscribes, and nobody knows how old it is.
        """
        outcome, decoded = (IntakeOutcome.RETAINED, SAYS_NOTHING) if is_retained else self._route(topic, body, now)
        self.meters.count(outcome)
        return decoded

    def _route(self, topic: str, body: bytes, now: datetime) -> tuple[IntakeOutcome, Decoded]:
        kind = kind_of(topic)
        adapter = self.routes.find_by_topic(topic)
        looked: Looked = None
        if adapter is None and self.routes.by_name:
            looked = look_into(body, kind, decline)
            adapter = self.routes.find_by_names(looked.names)
        elif adapter is None:
            adapter = self.routes.default
        if adapter is not None and looked is None:
            looked = look_at(adapter, body, kind)
        tenant = self.tenant or (adapter and adapter.INFO.tenant) or self.city
        source = adapter.INFO.id if adapter else NO_SOURCE
        if isinstance(looked, Aside) and adapter is not None:
            return IntakeOutcome.IGNORED, SAYS_NOTHING
        # A device is held to its pace, whatever topics it uses; what names none, its topic.
        sender = f"{source}/{looked.dev_eui}" if isinstance(looked, Uplink | LifeSign) else topic
        admission = self.guard.admit(sender, now)
        if admission is Admission.REFUSED:
            return IntakeOutcome.FLOODED, SAYS_NOTHING
        if admission is Admission.FIRST_REFUSED:
            detail = f"{topic:.{MAX_TOPIC}} sends more than it may: only this message is kept; look at that device"
            return IntakeOutcome.FLOODED, refuse(source, RejectReason.FLOODED, detail, body, tenant, now)
        if adapter is None:
            detail = f"no source is given for {topic:.{MAX_TOPIC}}: add --map APPLICATION=SOURCE"
            return IntakeOutcome.UNROUTED, refuse(NO_SOURCE, RejectReason.UNKNOWN_DEVICE, detail, body, tenant, now)
        allowed = self.permissions.of_topic(topic)
        if isinstance(looked, Uplink | LifeSign) and not is_allowed(looked.dev_eui, allowed):
            detail = self.permissions.detail(f"the topic {topic}", looked.dev_eui)
            looked = RecordRefusedError(RejectReason.NOT_ALLOWED, detail, looked.dev_eui)
        elif isinstance(looked, Uplink | LifeSign) and (named := device_of(topic)) not in ("", looked.dev_eui):
            detail = f"sent on the topic of {named:.40} and tells of {looked.dev_eui}: look at who publishes there"
            looked = RecordRefusedError(RejectReason.NOT_ALLOWED, detail, looked.dev_eui)
        with hear(adapter, body, self.known, tenant, now, looked=looked) as reading:
            decoded = self.permissions.filter(reading.decoded, allowed, f"the topic {topic}", tenant, now)
            return outcome_of(msgspec.structs.replace(reading, decoded=decoded)), decoded
