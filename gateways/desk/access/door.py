"""The door of the desk: who asks, and whether that one may. Every endpoint calls ``require``.

A system shows a bearer token. A person has a session, whose id is in a cookie; what changes something then also needs
the session's CSRF token in a header (``CSRF_HEADER``), and must not come from a page of another origin.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple
from urllib.parse import quote

from redis.exceptions import RedisError
from starlette.requests import Request

from gateways.desk.access.front import SAFE_METHODS, Front
from gateways.desk.access.grants import TokenHolders
from gateways.desk.access.people import People
from gateways.desk.access.sessions import Session, Sessions, read_id
from parking.desk.operators import EVERY_CITY, Operator, Role
from serving.credentials import read_claim
from serving.problems import ProblemDocument, forbidden

CSRF_HEADER = "x-placelibre-csrf"
COOKIE = "placelibre_desk"
SEEN_EVERY_S = 5.0
"""How soon a stream ends after its session did."""

UNSURE_FOR_S = 60.0
"""So long a stream goes on while nobody can say whether its session does."""

_VISIT = "placelibre.desk.visit"
_NEEDED = "placelibre.desk.needed"
"""In the scope of a request: the role that it needed, and in which city."""


class Visit(NamedTuple):
    """Who asks. A system has no session."""

    operator: Operator
    id: str = ""
    session: Session | None = None


class Door:
    """Says who asks and whether they may; nobody may whom nothing says anything of."""

    def __init__(self, holders: TokenHolders, people: People, sessions: Sessions, front: Front) -> None:
        self._holders, self._people = holders, people
        self.sessions, self.front = sessions, front

    async def require(self, request: Request, role: Role, tenant: str) -> Operator:
        """Who asks, who may do that in that city. Raises ProblemDocument: 401 where nobody says who, 403 where not.

        A browser that wants a page, and has no session, is sent to sign in and comes back.
        """
        visit = await self.find_visit(request)
        if visit is None:
            raise _nobody(request)
        if not visit.operator.may(role, tenant):
            raise _may_not(visit.operator, role, tenant)
        request.scope[_NEEDED] = (role, tenant)
        return visit.operator

    async def find_visit(self, request: Request) -> Visit | None:
        """Who asks, if that is known; None where nothing was offered. Raises ProblemDocument: bad token, or CSRF."""
        if _VISIT not in request.scope:
            request.scope[_VISIT] = await self._look(request)
        found: Visit | None = request.scope[_VISIT]
        return found

    async def while_signed_in(self, request: Request, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """What a stream has to say, until its reader's session ends. An open stream keeps a session from idling."""
        visit = await self.find_visit(request)
        clock = asyncio.get_running_loop().time
        look_at, sure_at = clock() + SEEN_EVERY_S, clock()
        reading = asyncio.ensure_future(anext(pieces, None))
        try:
            while visit is not None:
                done, _ = await asyncio.wait((reading,), timeout=max(0.0, look_at - clock()))
                if clock() >= look_at:
                    try:
                        visit, sure_at = await self._still(visit, request), clock()
                    except ProblemDocument:  # the store is away, so nobody can have been seen to leave
                        visit = visit if clock() - sure_at < UNSURE_FOR_S else None
                    look_at = clock() + SEEN_EVERY_S
                if done and visit is not None:
                    if (piece := reading.result()) is None:
                        return
                    yield piece
                    reading = asyncio.ensure_future(anext(pieces, None))
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            if (close := getattr(pieces, "aclose", None)) is not None:  # it may stand at a piece that nobody took
                await close()

    def cookie_of(self, request: Request) -> str:
        """What the browser offers as the id of its session."""
        return self.front.read_cookie(request, COOKIE)

    async def _look(self, request: Request) -> Visit | None:
        claim = read_claim(request.headers)
        if claim.token is not None:
            if (operator := self._holders.find(claim.token)) is None:
                headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
                raise ProblemDocument(401, "Unauthorized", "this token is nobody's", headers=headers)
            return Visit(operator)
        visit = await self._by_cookie(self.cookie_of(request))
        if visit and visit.session and request.method not in SAFE_METHODS:
            self.require_own_page(request, visit.session, request.headers.get(CSRF_HEADER, ""))
        return visit

    async def _by_cookie(self, cookie: str) -> Visit | None:
        if (id_ := read_id(cookie)) is None:
            return None
        try:
            session = await self.sessions.find(id_)
            operator = await self._people.find(id_, session) if session else None
        except (RedisError, OSError, TimeoutError):
            raise not_known_now() from None
        return Visit(operator, id_, session) if operator else None

    async def _still(self, visit: Visit, request: Request) -> Visit | None:
        """Whoever was let in, if that one would be let in now."""
        now = visit if visit.session is None else await self._by_cookie(visit.id)
        needed: tuple[Role, str] | None = request.scope.get(_NEEDED)
        return now if now is None or needed is None or now.operator.may(*needed) else None

    def require_own_page(self, request: Request, session: Session, token: str) -> None:
        """Refuse what a page of ours did not send. Raises ProblemDocument, 403."""
        if (foreign := self.front.find_foreign(request)) is not None:
            own = self.front.origin(request)
            detail = f"this was sent by a page of {foreign:.100}, and the desk is {own:.100}; behind a proxy, let it "
            raise forbidden(f"{detail}hand on Host and X-Forwarded-Proto, and name it in the setting trusted_proxies")
        if not session.is_csrf(token):
            raise forbidden(f"send the header {CSRF_HEADER} with the csrf of /v1/desk/me: it is missing or another's")


def not_known_now() -> ProblemDocument:
    """The store of sessions is away."""
    detail = "sessions cannot be read now, so nobody is let in: Redis is away; a token of the settings still counts"
    return ProblemDocument(503, "Not readable now", detail, headers={"Retry-After": "5"})


def _nobody(request: Request) -> ProblemDocument:
    path = request.scope["path"]
    if request.method == "GET" and not path.startswith("/v1/") and "text/html" in request.headers.get("accept", ""):
        query = request.scope["query_string"].decode("latin-1")
        there = quote(f"{path}?{query}" if query else path, safe="")
        return ProblemDocument(303, "See other", "sign in first", headers={"Location": f"/login?next={there}"})
    detail = "sign in at /login, or send Authorization: Bearer TOKEN with one of the setting desk_tokens"
    return ProblemDocument(401, "Unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})


def _may_not(operator: Operator, role: Role, tenant: str) -> ProblemDocument:
    held = sorted(operator.roles.get(tenant, frozenset()) | operator.roles.get(EVERY_CITY, frozenset()))
    has = f"has {', '.join(held)}" if held else "has no role in this city"
    return forbidden(f"{operator.name:.100} may not do this in {tenant:.100}: it needs {role}, and this person {has}")
