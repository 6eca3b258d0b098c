"""Tells whoever listens to the gateway what happened to its city: one listener of ``store.following`` among others."""

from datetime import UTC, datetime

import msgspec
import redis.asyncio as aioredis

from gateways.api.city import ServedCity
from gateways.hub import Hub
from parking.published.availability import Change
from serving.problems import ProblemDocument
from store.changes import StreamResetError
from store.following import Following
from store.mirror import Loaded


class Follower:
    """Follows one tenant into ``city`` (``run``), and publishes to ``hub`` what that brings."""

    def __init__(self, client: "aioredis.Redis", city: ServedCity, hub: Hub) -> None:
        self.city, self.hub = city, hub
        self._following = Following(client, city, self)

    async def run(self) -> None:
        """See Following."""
        await self._following.run()

    @property
    def trouble(self) -> str | None:
        """Why what we say may be behind, or None."""
        return self._following.trouble

    @property
    def left_out(self) -> int:
        """How many entries of the stream were none of ours, or could not be read."""
        return self._following.left_out

    def status_body(self) -> bytes:
        """Whether Redis answers, since when that is so, and the city's time, as JSON."""
        state, since = ("gone" if self._following.is_gone else "ok"), self._following.since
        now, clock = self.city.now(_now()), self.city.basis.value
        return msgspec.json.encode({"redis": state, "since": since, "now": now, "clock": clock})

    def snapshot(self, loaded: Loaded) -> None:
        """The whole city to every listener."""
        self.city.expire(_now())
        self.hub.publish("snapshot", self.city.sites_body(self.city.now(_now())), self.city.position)

    def changed(self, changes: list[Change]) -> None:
        """The places that say something else, in one event."""
        body = self.city.changes_body(changes, self.city.now(_now()))
        self.hub.publish("changes", body, self.city.position)

    def expired(self, place_ids: list[str]) -> None:
        """Nothing: listeners know each number's limit, and let it expire by themselves."""

    def reset(self, because: StreamResetError) -> None:
        """Tell everyone to forget; a snapshot follows."""
        self.hub.publish("reset", msgspec.json.encode(reset_problem(because).document()))

    def status(self) -> None:
        """Redis went or came back, or a replay's clock moved."""
        self.hub.publish("status", self.status_body())


def reset_problem(error: StreamResetError) -> ProblemDocument:
    """Why a listener must start over, and which positions could have been followed."""
    allowed = f"a position from {error.first} to {error.last}" if error.last.order > (0, 0) else "none yet"
    return ProblemDocument(409, "Start over", f"{error}; a snapshot follows", "Last-Event-ID", allowed)


def _now() -> datetime:
    return datetime.now(UTC)
