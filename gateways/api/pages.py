"""The driver's page, its scripts, and what they may load."""

import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import urlparse

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateways.words.language import LANGUAGES_FOLDER
from serving.assets import Assets, unchanged
from serving.headers import PAGE

WEB = Path(__file__).parent / "web"
MAX_FILE_NAME = 100
_VENDORED = {"maplibre-gl": "maplibre-gl/dist", "swagger-ui": "swagger-ui-dist"}
_SUFFIXES = (".mjs", ".js", ".css", ".map")


_COMMENT = re.compile(rb"^[ \t]*(?://.*|/\*\*(?:[^*]|\*(?!/))*\*/)[ \t]*$", re.MULTILINE)
"""A comment that has its lines to itself."""


class Located(msgspec.Struct, frozen=True):
    """Writes into the page, before any script runs, how one says "in this city" in French; nothing while unknown."""

    words: str

    def __call__(self, page: bytes) -> bytes:
        """See serving.assets.Prepare."""
        words = f" {escape(self.words)}" if self.words else ""
        return page.replace(b" {located}", words.encode())


def without_comments(script: bytes) -> bytes:
    """A script of ours as a browser needs it. Its lines keep their numbers; who reads it reads the repository."""
    return _COMMENT.sub(lambda found: b"\n" * found[0].count(b"\n"), script)


def policy(basemap: str | None) -> str:
    """What the pages may load: ourselves, and the basemap's server where one is set."""
    parts = urlparse(basemap or "")
    tiles = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return (
        f"default-src 'self'; img-src 'self' data: blob:{tiles}; connect-src 'self'{tiles}; worker-src 'self' blob:; "
        f"style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def page_routes(basemap: str | None, located: Callable[[], str]) -> list[BaseRoute]:
    """Routes of the pages; a library that npm has not brought answers 404, and the page says so.

    ``located`` is how one says in French that something is in the city, "à Nantes"; empty while that is not known.

    Files are asked for anew each time, so that a page never mixes those of two versions; an ETag makes that cheap.
    """
    assets = Assets({**PAGE, "Content-Security-Policy": policy(basemap), "Cache-Control": "no-cache"})

    async def driver(request: Request) -> Response:
        return await assets.respond(request, WEB / "index.html", Located(located()))

    async def docs(request: Request) -> Response:
        return await assets.respond(request, WEB / "docs.html")

    async def static(request: Request) -> Response:
        return await from_folder(request, WEB / "static")

    async def words(request: Request) -> Response:
        return await from_folder(request, LANGUAGES_FOLDER)

    async def from_folder(request: Request, folder: Path) -> Response:
        name = request.path_params["file"]
        if not _is_plain(name) or not (folder / name).is_file():
            raise HTTPException(404)
        return await assets.respond(request, folder / name, without_comments if name.endswith(".js") else unchanged)

    async def vendored(request: Request) -> Response:
        folder = _VENDORED.get(request.path_params["package"])
        name = request.path_params["file"]
        file = WEB / "node_modules" / (folder or "none") / name
        if folder is None or file.suffix not in _SUFFIXES or not _is_plain(name) or not file.is_file():
            raise HTTPException(
                404, f"there is no file {name!r:.100}; if the page has no map, `make web` fetches its library"
            )
        return await assets.respond(request, file)

    return [
        Route("/", driver),
        Route("/docs", docs),
        Route("/vendor/{package}/{file}", vendored),
        Route("/static/words/{file}", words),
        Route("/static/{file}", static),
    ]


def _is_plain(name: str) -> bool:
    """Whether this is a file's name and no way to another folder; the path parameter itself holds no slash."""
    return len(name) <= MAX_FILE_NAME and not name.startswith(".") and not set(name) & set("/\\\0")
