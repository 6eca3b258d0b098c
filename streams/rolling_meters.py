"""What the history's roller tells its keepers: how far it is, what was lost, and whether it still rolls."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge

from parking.instants import in_text
from serving.probes import Probes, Wellbeing, exposition
from streams.history import RollProgress

ROUNDS_MISSED = 3
"""A Kafka that is away for a moment is waited for; so many rounds without an end are more than a moment."""


class RollingMeters:
    """The meters of one roller, in a registry of its own. ``show`` takes each progress it makes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._records = Gauge(
            "placelibre_history_records",
            "Records of the topic by what became of them",
            ["what"],
            registry=self.registry,
        )
        self._rolled_at = Gauge(
            "placelibre_history_rolled_timestamp_seconds",
            "When the topic's end was last reached",
            registry=self.registry,
        )
        self._disk = Gauge(
            "placelibre_history_disk_refuses",
            "1 while the disk takes no more of what is rolled",
            registry=self.registry,
        )
        self.rolled_at: datetime | None = None
        self.troubles: dict[str, str] = {}

    def note(self, what: str, trouble: str | None) -> None:
        """What the disk refuses of one of the histories, or None where it takes all."""
        self.troubles = {name: said for name, said in self.troubles.items() if name != what}
        if trouble is not None:
            self.troubles[what] = trouble
        self._disk.set(bool(self.troubles))

    def show(self, progress: RollProgress) -> None:
        """Keep what a progress says."""
        for what in ("read", "written", "repeated", "unreadable", "lost"):
            self._records.labels(what).set(getattr(progress, what))
        if progress.rolled_at is not None:
            self.rolled_at = progress.rolled_at
            self._rolled_at.set(progress.rolled_at.timestamp())


def rolling_probes(meters: RollingMeters, every_s: float, read_clock: Callable[[], datetime] | None = None) -> Probes:
    """The probes of a roller that begins a round every so many seconds.

    Ready while the last end is no more than ROUNDS_MISSED rounds ago. It is never to be restarted for that: a restart
    brings no Kafka back.
    """
    clock = read_clock or (lambda: datetime.now(UTC))

    def readiness() -> Wellbeing:
        last = meters.rolled_at
        rolls = last is not None and clock() - last <= timedelta(seconds=ROUNDS_MISSED * every_s)
        status = "rolling" if rolls else "the topic's end has not been reached lately"
        status = next(iter(meters.troubles.values()), status)
        return Wellbeing(rolls and not meters.troubles, {"status": status, "rolled_at": last and in_text(last)})

    return Probes(lambda: exposition(meters.registry), readiness=readiness)
