"""Files served from memory: read and compressed once, named by a strong ETag, read again where the file has changed."""

import asyncio
from collections.abc import Callable, Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from serving.encodings import BROTLI, GZIP, LEAST, choose, encode_file
from serving.entity_tags import coded_tag, find_held, strong_tag

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".map": "application/json",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
_ALREADY_SMALL = frozenset((".png", ".jpg", ".webp", ".woff2", ".gz", ".br"))


Prepare = Callable[[bytes], bytes]
"""What is done to a file's content before it is served. Two that are equal do the same."""


def unchanged(body: bytes) -> bytes:
    """The file as it is."""
    return body


class AssetStamp(NamedTuple):
    """Of what an asset was made: the file as it then was, and what was done to it."""

    changed_ns: int
    size: int
    prepare: Prepare


class Asset(NamedTuple):
    """A file's content by coding ("" is as it is), made of what ``stamp`` says."""

    stamp: AssetStamp
    media_type: str
    tag: str
    bodies: Mapping[str, bytes]


class Assets:
    """Files by path, each kept in memory once somebody asked for it, as it was last prepared.

    Only what the caller names is ever opened.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self._kept: dict[Path, Asset] = {}
        self._making = asyncio.Lock()

    async def respond(self, request: Request, file: Path, prepare: Prepare = unchanged) -> Response:
        """The file as this client takes it, or 304. Raises OSError where there is none."""
        asset = await self._find(file, prepare)
        coding = choose(request.headers.get("accept-encoding", ""), tuple(asset.bodies)[1:] or ("",)) or ""
        tag = coded_tag(asset.tag, coding) if coding else asset.tag
        headers = self._headers | {"ETag": tag}
        if (held := find_held(request.headers.get("if-none-match"), asset.tag)) is not None:
            return Response(status_code=304, headers=headers | {"ETag": tag if held == "*" else held})
        if coding:
            headers["Content-Encoding"] = coding
        return Response(asset.bodies[coding], headers=headers, media_type=asset.media_type)

    async def _find(self, file: Path, prepare: Prepare) -> Asset:
        found = file.stat()
        stamp = AssetStamp(found.st_mtime_ns, found.st_size, prepare)
        asset = self._kept.get(file)
        if asset is None or asset.stamp != stamp:
            async with self._making:  # who comes meanwhile waits for it rather than making it too
                asset = self._kept.get(file)
                if asset is None or asset.stamp != stamp:
                    asset = self._kept[file] = await asyncio.to_thread(read_asset, file, stamp)
        return asset


def read_asset(file: Path, stamp: AssetStamp) -> Asset:
    """Read, prepare and compress a file; a coding that saves nothing is left out."""
    body = stamp.prepare(file.read_bytes())
    bodies = {"": body}
    if len(body) >= LEAST and file.suffix not in _ALREADY_SMALL:
        coded = {coding: encode_file(coding, body) for coding in (BROTLI, GZIP)}
        bodies |= {coding: smaller for coding, smaller in coded.items() if len(smaller) < len(body)}
    media_type = _TYPES.get(file.suffix) or guess_type(file.name)[0] or "application/octet-stream"
    return Asset(stamp, media_type, strong_tag(body), bodies)
