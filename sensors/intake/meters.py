"""What Prometheus may ask a receiver: how many messages came, and what became of them."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter


class IntakeOutcome(StrEnum):
    """What became of a message."""

    TAKEN = "taken"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    FLOODED = "flooded"
    RETAINED = "retained"
    DROPPED = "dropped"
    UNROUTED = "unrouted"
    UNAUTHORIZED = "unauthorized"
    IGNORED = "ignored"


class IntakeMeters:
    """The meters of one receiver, in a registry of its own."""

    def __init__(self, transport: str) -> None:
        self.registry = CollectorRegistry()
        self._transport = transport
        self._messages = Counter(
            "placelibre_intake_messages_total", "Messages that came", ["transport", "outcome"], registry=self.registry
        )
        # Each is there from the start, as 0.
        self._by_outcome = {outcome: self._messages.labels(transport, outcome) for outcome in IntakeOutcome}

    def count(self, outcome: IntakeOutcome, messages: int = 1) -> None:
        """One message more, or several."""
        self._by_outcome[outcome].inc(messages)

    def read(self, outcome: IntakeOutcome) -> int:
        """How many there were."""
        labels = {"transport": self._transport, "outcome": outcome}
        return int(self.registry.get_sample_value("placelibre_intake_messages_total", labels) or 0)
