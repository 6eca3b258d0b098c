"""The driver's page, its scripts, and what they may load."""

from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from gateways.words.language import LANGUAGES_FOLDER

WEB = Path(__file__).parent / "web"
MAX_NAME = 100
_VENDORED = {"maplibre-gl": "maplibre-gl/dist", "swagger-ui": "swagger-ui-dist"}
_SUFFIXES = {".mjs": "text/javascript", ".js": "text/javascript", ".css": "text/css", ".map": "application/json"}


def policy(basemap: str | None) -> str:
    """What the pages may load: ourselves, and the basemap's server where one is set."""
    parts = urlparse(basemap or "")
    tiles = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return (
        f"default-src 'self'; img-src 'self' data: blob:{tiles}; connect-src 'self'{tiles}; worker-src 'self' blob:; "
        f"style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class Static(StaticFiles):
    """Our own files, asked for anew each time (an ETag saves the body): a page never mixes those of two versions."""

    def __init__(self, folder: Path, headers: dict[str, str]) -> None:
        super().__init__(directory=folder)
        self._headers = headers

    def file_response(self, *args: Any, **more: Any) -> Response:
        """See StaticFiles."""
        response = super().file_response(*args, **more)
        response.headers.update(self._headers)
        return response


def page_routes(basemap: str | None) -> list[BaseRoute]:
    """Routes of the pages; a library that npm has not brought answers 404, and the page says so."""
    headers = {
        "Content-Security-Policy": policy(basemap),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }

    async def driver(request: Request) -> Response:
        return FileResponse(WEB / "index.html", headers=headers)

    async def docs(request: Request) -> Response:
        return FileResponse(WEB / "docs.html", headers=headers)

    async def vendored(request: Request) -> Response:
        folder = _VENDORED.get(request.path_params["package"])
        name = request.path_params["file"]
        file = WEB / "node_modules" / (folder or "none") / name
        kind = _SUFFIXES.get(file.suffix)
        if folder is None or kind is None or len(name) > MAX_NAME or "/" in name or not file.is_file():
            raise HTTPException(404, "this library was not fetched: `make web`")
        return FileResponse(file, media_type=kind, headers=headers)

    return [
        Route("/", driver),
        Route("/docs", docs),
        Route("/vendor/{package}/{file}", vendored),
        Mount("/static/words", Static(LANGUAGES_FOLDER, headers)),
        Mount("/static", Static(WEB / "static", headers)),
    ]
