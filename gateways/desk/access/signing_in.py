"""Coming in and going out, for people: by the local link here, by an identity provider in ``provider``."""

from typing import Any
from urllib.parse import parse_qs

import msgspec
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from gateways.desk.access.door import COOKIE, Door, Visit, not_known_now
from gateways.desk.access.front import local_path
from gateways.desk.access.local_link import LocalLinks
from gateways.desk.access.notices import render_notice
from gateways.desk.access.sessions import Session, SignedInBy, key_of, read_id, start_session
from parking.instants import in_text
from parking.printable import visible_json
from serving.headers import PAGE
from serving.problems import ProblemDocument
from serving.request_bodies import read_body

_PRIVATE = {"Cache-Control": "no-store"}
_PAGE = {**PAGE, **_PRIVATE, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
         "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"}  # fmt: skip
MAX_FORM_BYTES = 4_096


def notice(key: str, status: int, **values: str) -> Response:
    """A page that says one thing, in French and English."""
    return Response(render_notice(key, values), status, _PAGE, "text/html; charset=utf-8")


class SigningIn:
    """The endpoints around a session that need no identity provider."""

    def __init__(self, door: Door, links: LocalLinks) -> None:
        self._door, self._links = door, links

    async def login(self, request: Request) -> Response:
        """GET /login, where no provider is set: says how one comes in."""
        return notice("signin.by_link", 200)

    async def local(self, request: Request) -> Response:
        """GET /local/{once}: the local link. A HEAD does not use it up."""
        if not self._links.is_local(request):
            return notice("signin.not_here", 403)
        if request.method == "HEAD":
            return Response(headers=_PRIVATE)
        try:
            name = await self._links.take(request.path_params["once"])
            if name is None:
                return notice("signin.link_over", 403)
            session = start_session(f"local:{name}", name, SignedInBy.LOCAL_LINK, self._door.sessions.now())
            return await self.come_in(request, session, "/")
        except (RedisError, OSError, TimeoutError):
            return notice("signin.away", 503)

    async def callback(self, request: Request) -> Response:
        """GET /callback: nobody comes back where nobody was sent."""
        return notice("signin.not_begun", 403)

    async def signed_out(self, request: Request) -> Response:
        """GET /signed-out: says so."""
        return notice("signin.out", 200)

    async def come_in(self, request: Request, session: Session, there: str, id_: str | None = None) -> Response:
        """Begin a session under a new id, end the one this browser had, and go on to a path of ours."""
        id_ = await self._door.sessions.open(session, id_)
        await self.end_held(request)
        response = RedirectResponse(local_path(there), 303, _PRIVATE)
        age_s = (session.ends_at - session.began_at).total_seconds()
        self._door.front.set_cookie(request, response, COOKIE, id_, age_s)
        return response

    async def end_held(self, request: Request) -> Session | None:
        """End the session that this browser has, if it has one."""
        held = read_id(self._door.cookie_of(request))
        session = await self._door.sessions.find(held) if held else None
        if held and session:
            await self._door.sessions.end(held, session)
        return session

    async def logout(self, request: Request) -> Response:
        """POST /logout with the form's ``csrf``, or the header: the session ends here, whatever a provider says."""
        await self.leave(request)
        return self.gone(request, "/signed-out")

    async def leave(self, request: Request) -> Session | None:
        """Check that a page of ours sent this, and end the session. Raises ProblemDocument."""
        id_ = read_id(self._door.cookie_of(request))
        try:
            session = await self._door.sessions.find(id_) if id_ else None
            if id_ is None or session is None:
                return None
            self._door.require_own_page(request, session, await _csrf(request))
            await self._door.sessions.end(id_, session)
        except (RedisError, OSError, TimeoutError):
            raise not_known_now() from None
        return session

    def gone(self, request: Request, there: str) -> Response:
        """Go there, and let the browser forget its cookie and what it has stored of the desk's pages.

        A page that asks by a script for JSON gets the address to go to: neither a form nor a fetch may be sent on to
        another origin by a redirect.
        """
        if "application/json" in request.headers.get("accept", ""):
            response: Response = JSONResponse({"location": there}, headers=_PRIVATE)
        else:
            response = RedirectResponse(there, 303, _PRIVATE)
        self._door.front.set_cookie(request, response, COOKIE, "", 0)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    async def me(self, request: Request) -> Response:
        """GET /v1/desk/me: who I am, my roles by city, the CSRF token of my session and when it ends."""
        visit = await self._visit(request)
        session, operator = visit.session, visit.operator
        document: dict[str, Any] = {
            "name": operator.name,
            "roles": {city: sorted(roles) for city, roles in sorted(operator.roles.items())},
            "csrf": session.csrf if session else None,
            "ends_at": in_text(session.ends_at) if session else None,
        }
        return _answer(document)

    async def sessions(self, request: Request) -> Response:
        """GET /v1/desk/me/sessions: where else I am signed in."""
        visit = await self._visit(request)
        mine = key_of(visit.id) if visit.id else ""
        try:
            held = await self._door.sessions.list_of(visit.operator.subject)
        except (RedisError, OSError, TimeoutError):
            raise not_known_now() from None
        listed = [
            {"id": key, "this": key == mine, "began_at": in_text(one.began_at), "ends_at": in_text(one.ends_at)}
            for key, one in held
        ]
        return _answer({"sessions": listed})

    async def end_session(self, request: Request) -> Response:
        """DELETE /v1/desk/me/sessions/{id}: end one of mine."""
        visit = await self._visit(request)
        try:
            ended = await self._door.sessions.end_by_key(request.path_params["id"], visit.operator.subject)
        except (RedisError, OSError, TimeoutError):
            raise not_known_now() from None
        if not ended:
            raise ProblemDocument(404, "Not found", "no session of yours has this id; it may have ended")
        return Response(status_code=204, headers=_PRIVATE)

    async def _visit(self, request: Request) -> Visit:
        if (visit := await self._door.find_visit(request)) is None:
            detail = "nobody is signed in: see /login, or send Authorization: Bearer TOKEN"
            raise ProblemDocument(401, "Unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
        return visit


async def _csrf(request: Request) -> str:
    """From the header, or from the form of a page without a script."""
    if header := request.headers.get("x-placelibre-csrf"):
        return header
    body = (await read_body(request, MAX_FORM_BYTES)).decode("utf-8", "replace")
    return (parse_qs(body, max_num_fields=20).get("csrf") or [""])[0]


def _answer(document: object) -> Response:
    return Response(visible_json(msgspec.json.encode(document).decode()), 200, _PRIVATE, "application/json")
