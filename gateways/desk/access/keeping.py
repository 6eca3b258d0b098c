"""What the desk keeps of those who have signed in, behind a small port: bytes under digests, with an end.

Keys are digests of random ids. Whoever reads the store learns no id, so nobody signs in with what stands there.
"""

import hashlib
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol


class SessionKeeping(Protocol):
    """Where sessions and what waits for a sign-in are kept. Every method raises OSError or RedisError where it is away.

    ``whose`` is a digest too, of the person. What ran out is never found.
    """

    async def put(self, key: str, value: bytes, ttl_s: float, whose: str = "") -> None:
        """Keep it so long, among those of that person where one is named."""

    async def put_first(self, key: str, ttl_s: float) -> bool:
        """Keep a mark; False where somebody else's still stands."""
        ...

    async def replace(self, key: str, value: bytes, ttl_s: float) -> bool:
        """Put another value and end in its place; False, and nothing done, where it has been dropped meanwhile."""
        ...

    async def find(self, key: str) -> bytes | None:
        """What is kept there."""
        ...

    async def find_in_use(self, key: str, ttl_s: float) -> bytes | None:
        """What is kept there, which from now on is kept so long."""
        ...

    async def take(self, key: str) -> bytes | None:
        """What is kept there, for the only one who will ever get it."""
        ...

    async def drop(self, key: str, whose: str = "") -> None:
        """Keep it no longer; at once, for all gateways."""

    async def list_of(self, whose: str) -> list[str]:
        """The keys kept of a person."""
        ...


class _Kept(NamedTuple):
    value: bytes
    until: float
    whose: str


MOST_KEPT = 10_000


class KeptInMemory:
    """For tests, and a desk without Redis: it forgets all when its process ends, and the oldest beyond MOST_KEPT."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[str, _Kept] = {}

    async def put(self, key: str, value: bytes, ttl_s: float, whose: str = "") -> None:
        """See SessionKeeping."""
        if len(self._kept) >= MOST_KEPT:
            self._kept = {key: kept for key, kept in self._kept.items() if kept.until > self._now()}
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = _Kept(value, self._now() + ttl_s, whose)

    async def put_first(self, key: str, ttl_s: float) -> bool:
        """See SessionKeeping."""
        if self._find(key) is not None:
            return False
        await self.put(key, b"1", ttl_s)
        return True

    async def replace(self, key: str, value: bytes, ttl_s: float) -> bool:
        """See SessionKeeping."""
        if (kept := self._find(key)) is None:
            return False
        self._kept[key] = _Kept(value, self._now() + ttl_s, kept.whose)
        return True

    async def find(self, key: str) -> bytes | None:
        """See SessionKeeping."""
        return kept.value if (kept := self._find(key)) else None

    async def find_in_use(self, key: str, ttl_s: float) -> bytes | None:
        """See SessionKeeping."""
        return kept.value if (kept := self._find(key)) and await self.replace(key, kept.value, ttl_s) else None

    async def take(self, key: str) -> bytes | None:
        """See SessionKeeping."""
        kept = self._find(key)
        self._kept.pop(key, None)
        return kept.value if kept else None

    async def drop(self, key: str, whose: str = "") -> None:
        """See SessionKeeping."""
        self._kept.pop(key, None)

    async def list_of(self, whose: str) -> list[str]:
        """See SessionKeeping."""
        return [key for key, kept in self._kept.items() if kept.whose == whose and self._find(key)]

    def _find(self, key: str) -> _Kept | None:
        kept = self._kept.get(key)
        return kept if kept and kept.until > self._now() else None


def digest_of(secret: str) -> str:
    """Under what is kept what belongs to a random id, or to a person."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
