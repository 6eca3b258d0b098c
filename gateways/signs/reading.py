"""What anyone may read: the wall, the signs as JSON, their faces as pictures."""

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateways.signs.board import Glance, SignBoard, find_commanded, find_shown
from gateways.signs.documents import sign_document
from gateways.signs.pictures import png_of, svg_of
from gateways.signs.wall import render_wall
from gateways.words.language import CODES, get_language
from parking.printable import visible_json
from parking.signs.face import Face
from parking.signs.model import Sign, SignLimits
from parking.signs.status import known_limits
from serving.entity_tags import find_held, strong_tag
from serving.headers import ANY_ORIGIN, PAGE
from serving.problems import ProblemDocument

_PAGE = {
    **PAGE,
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}
OPEN_TO_ALL = {**ANY_ORIGIN, "Cache-Control": "no-cache"}
_SVG = {**OPEN_TO_ALL, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
OF = ("shown", "commanded")


class SignReads:
    """The endpoints."""

    def __init__(self, board: SignBoard) -> None:
        self._board = board

    async def wall(self, request: Request) -> Response:
        """GET /: the page."""
        code = read_choices(request, {"lang": CODES}).get("lang", CODES[0])
        return tagged(request, render_wall(await self._board.look(), get_language(code)), "text/html", _PAGE)

    async def signs(self, request: Request) -> Response:
        """GET /v1/signs."""
        read_choices(request, {})
        look = await self._board.look()
        documents = [sign_document(sign, look.statuses.get(sign.id)) for sign in look.signs]
        return answer(request, {"tenant": self._board.port.tenant, "city": look.city.name, "signs": documents})

    async def sign(self, request: Request) -> Response:
        """GET /v1/signs/{id}."""
        read_choices(request, {})
        look, sign = await self.find(request)
        return answer(request, sign_document(sign, look.statuses.get(sign.id)))

    async def face(self, request: Request) -> Response:
        """GET /v1/signs/{id}/face.svg or .png, shown or commanded; a question mark where that is not known.

        ``v`` is whatever a page likes to ask by.
        """
        of = read_choices(request, {"of": OF, "v": ()}).get("of", OF[0])
        look, sign = await self.find(request)
        status = look.statuses.get(sign.id)
        face = find_shown(sign, status) if of == OF[0] else find_commanded(sign, status)
        stuck = status.health.stuck if status and status.health and of == OF[0] else ()
        limits = limits_of(look, sign)
        return await picture(request, sign, limits, face, stuck)

    async def find(self, request: Request) -> tuple[Glance, Sign]:
        """The sign that is asked for, or a problem (404)."""
        look, name = await self._board.look(), request.path_params["id"]
        for sign in look.signs:
            if sign.id == name:
                return look, sign
        allowed = "an id that /v1/signs lists"
        raise ProblemDocument(404, "Not found", f"there is no sign {name!r:.80} here", "id", allowed)


def limits_of(look: Glance, sign: Sign) -> SignLimits:
    """What the sign itself says that it can, or as stated."""
    return known_limits(sign, look.statuses.get(sign.id))


async def picture(
    request: Request, sign: Sign, limits: SignLimits, face: Face | str | None, stuck: tuple[Any, ...] = ()
) -> Response:
    """A face in the form that the path's end asks for."""
    form = request.path_params["form"]
    if form == "svg":
        return tagged(request, svg_of(sign, limits, face, stuck).encode(), PICTURES[form], _SVG)
    body = await asyncio.to_thread(png_of, sign, limits, face, stuck)
    return tagged(request, body, PICTURES[form], _SVG)


def answer(request: Request, document: Any) -> Response:
    """JSON that anyone may read."""
    body = visible_json(msgspec.json.encode(document).decode()).encode()
    return tagged(request, body, "application/json", OPEN_TO_ALL)


def tagged(request: Request, body: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """The body, or 304 for who holds it."""
    tag = strong_tag(body)
    if (held := find_held(request.headers.get("if-none-match"), tag)) is not None:
        return Response(status_code=304, headers=headers | {"ETag": tag if held == "*" else held})
    return Response(body, headers=headers | {"ETag": tag}, media_type=media_type)


def read_choices(request: Request, known: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """The query's fields, each once and one of its choices; () is anything."""
    fields: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            allowed = ", ".join(known) or "nothing"
            raise ProblemDocument(400, "Bad request", f"{name!r:.80} is no parameter here", name[:80], allowed)
        if name in fields or (known[name] and value not in known[name]):
            allowed = f"once, one of {', '.join(known[name])}"
            raise ProblemDocument(400, "Bad request", f"{name} is {value!r:.80}; it must be {allowed}", name, allowed)
        fields[name] = value
    return fields
