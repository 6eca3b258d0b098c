"""One MQTT message to what it says: whose it is, whether it may speak now, whether it is news. No IO."""

from dataclasses import dataclass, field
from datetime import datetime

from parking.words import RejectReason
from sensors.contract import Decoded
from sensors.intake.deduplication import Deduplicator
from sensors.intake.flood import Admission, FloodGuard
from sensors.intake.meters import IntakeMeters, Outcome
from sensors.intake.receiving import NOTHING, outcome_of, read_message, refuse
from sensors.intake.routing import Routes, kind_of

NO_SOURCE = "mqtt"
"""Stands as the source of a message that no route leads anywhere."""
MAX_TOPIC = 200


@dataclass
class Reader:
    """Reads messages in their order. ``tenant`` None is each source's own city.

    What it has read counts as known at once: whoever uses it must bring it into Kafka, or end.
    """

    routes: Routes
    tenant: str | None = None
    meters: IntakeMeters = field(default_factory=lambda: IntakeMeters("mqtt"))
    guard: FloodGuard = field(default_factory=FloodGuard)
    known: Deduplicator = field(default_factory=Deduplicator)

    def read(self, topic: str, body: bytes, is_retained: bool, now: datetime) -> Decoded:
        """What a message says. Total.

        A retained message is ignored: the broker keeps it for whoever subscribes, and nobody knows how old it is.
        """
        if is_retained:
            return self._ends(Outcome.RETAINED, NOTHING)
        admission = self.guard.admit(topic, now)
        if admission is Admission.REFUSED:
            return self._ends(Outcome.FLOODED, NOTHING)
        adapter = self.routes.find(topic, body)
        source, tenant = (adapter.INFO.id, self.tenant or adapter.INFO.tenant) if adapter else (NO_SOURCE, self.tenant)
        if admission is Admission.FIRST_REFUSED:
            detail = f"{topic:.{MAX_TOPIC}} floods: only this one is kept, look at that device"
            return self._ends(
                Outcome.FLOODED, refuse(source, RejectReason.FLOODED, detail, body, tenant or NO_SOURCE, now)
            )
        if adapter is None:
            detail = f"no source is given for {topic:.{MAX_TOPIC}}: add --map APPLICATION=SOURCE"
            return self._ends(
                Outcome.UNROUTED, refuse(source, RejectReason.UNKNOWN_DEVICE, detail, body, tenant or NO_SOURCE, now)
            )
        tenant = self.tenant or adapter.INFO.tenant
        reading = read_message(adapter, body, self.known, tenant, now, kind_of(topic))
        if reading.uplink and not reading.is_duplicate:
            self.known.remember(tenant, reading.uplink, now)
        return self._ends(outcome_of(reading), reading.decoded)

    def _ends(self, outcome: Outcome, decoded: Decoded) -> Decoded:
        self.meters.count(outcome)
        return decoded
