"""What Prometheus may ask of a controller: signs by state, alarms by kind, and whether the job is ours."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Gauge

from parking.signs.status import AlarmKind, SignState, SignStatus


class SignMeters:
    """The meters of one controller process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._signs = Gauge("placelibre_signs", "Signs by what a driver sees", ["state"], registry=self.registry)
        self._alarms = Gauge("placelibre_sign_alarms", "Alarms of signs by kind", ["kind"], registry=self.registry)
        self._ours = Gauge("placelibre_signs_lease", "1 while this process may speak to signs", registry=self.registry)
        self.count(())
        self.ours(False)

    def ours(self, is_ours: bool) -> None:
        """Whether the lease is held here."""
        self._ours.set(int(is_ours))

    def count(self, statuses: Iterable[SignStatus]) -> None:
        """How many signs are in which state, and have which alarms."""
        statuses = list(statuses)
        states = Counter(status.state for status in statuses)
        kinds = Counter(alarm.kind for status in statuses for alarm in status.alarms)
        for state in SignState:
            self._signs.labels(state.value).set(states[state])
        for kind in AlarmKind:
            self._alarms.labels(kind.value).set(kinds[kind])
