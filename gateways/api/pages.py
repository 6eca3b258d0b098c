"""The driver's page, its scripts, and what they may load."""

from pathlib import Path
from urllib.parse import urlparse

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateways.words.language import LANGUAGES_FOLDER
from serving.assets import Assets
from serving.headers import PAGE

WEB = Path(__file__).parent / "web"
MAX_NAME = 100
_VENDORED = {"maplibre-gl": "maplibre-gl/dist", "swagger-ui": "swagger-ui-dist"}
_SUFFIXES = (".mjs", ".js", ".css", ".map")


def policy(basemap: str | None) -> str:
    """What the pages may load: ourselves, and the basemap's server where one is set."""
    parts = urlparse(basemap or "")
    tiles = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return (
        f"default-src 'self'; img-src 'self' data: blob:{tiles}; connect-src 'self'{tiles}; worker-src 'self' blob:; "
        f"style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def page_routes(basemap: str | None) -> list[BaseRoute]:
    """Routes of the pages; a library that npm has not brought answers 404, and the page says so.

    Files are asked for anew each time, so that a page never mixes those of two versions; an ETag makes that cheap.
    """
    assets = Assets({**PAGE, "Content-Security-Policy": policy(basemap), "Cache-Control": "no-cache"})

    async def driver(request: Request) -> Response:
        return await assets.respond(request, WEB / "index.html")

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
        return await assets.respond(request, folder / name)

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
    return len(name) <= MAX_NAME and not name.startswith(".") and not set(name) & set("/\\\0")
