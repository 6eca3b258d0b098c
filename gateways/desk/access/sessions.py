"""Sessions: a random id in a cookie, and everything else on the server.

It ends after SESSION_IDLE_S without a page that is open, at the latest SESSION_LASTS_S after it began, at logout,
or when its person ends it from another browser. What somebody may do is not kept: it follows from the settings with
every request.
"""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from gateways.desk.access.keeping import SessionKeeping, digest_of

SESSION_IDLE_S = 3600.0
SESSION_LASTS_S = 12 * 3600.0
_ID = re.compile(r"[A-Za-z0-9_-]{43}")
Now = Callable[[], datetime]


class SignedInBy(StrEnum):
    """The way by which somebody came in."""

    PROVIDER = "provider"
    LOCAL_LINK = "local_link"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One browser of one person. ``claims`` are the values of the provider's claim that count for roles.

    ``renewal`` is the provider's refresh token, sealed with the id, which only the cookie has; ``renew_at`` is when the
    provider is asked again whether all this still holds.
    """

    subject: str
    name: str
    way: SignedInBy
    csrf: str
    began_at: datetime
    ends_at: datetime
    claims: tuple[str, ...] = ()
    renew_at: datetime | None = None
    renewal: bytes = b""

    def is_csrf(self, token: str) -> bool:
        """Whether a page of this session sent it."""
        return secrets.compare_digest(self.csrf.encode(), token.encode("utf-8", "replace"))

    def ttl_s(self, now: datetime) -> float:
        """Seconds for which it is kept from now on, if nobody is seen."""
        return max(0.0, min(SESSION_IDLE_S, (self.ends_at - now).total_seconds()))


def start_session(subject: str, name: str, way: SignedInBy, now: datetime, lasts_s: float = SESSION_LASTS_S) -> Session:
    """A session that begins now."""
    ends_at = now + timedelta(seconds=lasts_s)
    csrf = secrets.token_urlsafe(32)
    return Session(subject=subject, name=name, way=way, csrf=csrf, began_at=now, ends_at=ends_at)


def new_id() -> str:
    """An id that nobody guesses: 256 bits."""
    return secrets.token_urlsafe(32)


def read_id(text: str) -> str | None:
    """An id, where this can be one."""
    return text if _ID.fullmatch(text) else None


def wall_clock() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


class Sessions:
    """Sessions by id, in a store that knows digests only."""

    def __init__(self, kept: SessionKeeping, now: Now) -> None:
        self._kept, self.now = kept, now

    async def open(self, session: Session, id_: str | None = None) -> str:
        """Keep it under a new id, which is returned: never under one that a browser brought with it."""
        id_ = id_ or new_id()
        ttl_s = session.ttl_s(self.now())
        await self._kept.put(_key(id_), msgspec.json.encode(session), ttl_s, digest_of(session.subject))
        return id_

    async def find(self, id_: str) -> Session | None:
        """The session of that id, if it holds; to be looked for puts off its idle end. Nothing of it is written."""
        session = _read(await self._kept.find_in_use(_key(id_), SESSION_IDLE_S))
        return session if session and self.now() < session.ends_at else None

    async def change(self, id_: str, session: Session) -> bool:
        """Keep it as it is now; False where it was ended meanwhile."""
        return await self._kept.replace(_key(id_), msgspec.json.encode(session), session.ttl_s(self.now()))

    async def end(self, id_: str, session: Session) -> None:
        """It holds no longer."""
        await self._kept.drop(_key(id_), digest_of(session.subject))

    async def list_of(self, subject: str) -> list[tuple[str, Session]]:
        """All of a person's, by the name under which one may be ended: the beginning of its digest."""
        found = [(key, _read(await self._kept.find(key))) for key in await self._kept.list_of(digest_of(subject))]
        held = [(key, session) for key, session in found if session and session.ends_at > self.now()]
        return sorted(held, key=lambda one: one[1].began_at)

    async def end_by_key(self, key: str, subject: str) -> bool:
        """End one of that person's; False where it is none of theirs."""
        if key not in [known for known, _ in await self.list_of(subject)]:
            return False
        await self._kept.drop(key, digest_of(subject))
        return True


def key_of(id_: str) -> str:
    """The public name of a session, for its own person's list."""
    return _key(id_)


def _key(id_: str) -> str:
    return digest_of(f"session:{id_}")


def _read(value: bytes | None) -> Session | None:
    """What another version wrote, and this one cannot read, is no session: its person signs in again."""
    if value is None:
        return None
    try:
        return msgspec.json.decode(value, type=Session)
    except msgspec.MsgspecError:
        return None
