"""A simulation's own clock on the broker: what it says is the time, for a tenant that lives by the event clock.

The topic is ``placelibre/clock/TENANT``, the body an ISO 8601 instant with its offset, retained, so that whoever
connects anew knows the time at once. It never goes back. Live devices have nothing to do with it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

MAX_BODY = 40
_PREFIX = "placelibre/clock/"


def clock_topic(tenant: str) -> str:
    """Where a simulation of that tenant says what time it is."""
    return _PREFIX + tenant


@dataclass
class EventClock:
    """The latest time that was said, or None before the first."""

    tenant: str
    now: datetime | None = None

    @property
    def topic(self) -> str:
        """Its topic."""
        return clock_topic(self.tenant)

    def advance(self, body: bytes) -> datetime | None:
        """The new time, or None where a message does not say a later one."""
        try:
            said = datetime.fromisoformat(body[:MAX_BODY].decode())
            if said.tzinfo is None or (self.now is not None and said <= self.now):
                return None
            self.now = said.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return self.now
