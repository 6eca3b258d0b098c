"""Which content coding a client takes (RFC 9110, 12.5.3), and bodies in it: brotli where it may be, else gzip.

A stream of events is deflated event by event: each becomes a block that ends on a whole byte and refers to nothing
before it. So nothing waits for the next event, and one block serves every listener that hears the event.
"""

import struct
import zlib
from functools import lru_cache

import brotli

from serving.checksums import combined

BROTLI, GZIP = "br", "gzip"
LEAST = 1_000
"""Bytes below which a body is left alone: it fits into one packet anyway."""

_KEPT = 2
"""Bodies whose coding is kept: this second's and the one before. A large city's is tens of megabytes."""

_QUALITY, _LEVEL = 4, 5  # bodies made now: beyond these a few per cent cost several times the time
_FULL_QUALITY, _QUICK_QUALITY, _FULL_LEVEL = 11, 9, 9  # files, compressed once
_LARGE = 200_000
"""Bytes of a file above which brotli's best quality takes seconds."""


@lru_cache(maxsize=256)
def choose(accepted: str, offered: tuple[str, ...] = (BROTLI, GZIP)) -> str | None:
    """The coding of ``offered`` that an Accept-Encoding header likes most, the first of equals; None is identity.

    A quality of 0 refuses a coding, ``*`` stands for those not named, and what cannot be read is not named.
    """
    qualities: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        qualities["gzip" if name == "x-gzip" else name] = _quality(parameters)
    rest = qualities.get("*", 0.0)
    best = max(offered, key=lambda name: qualities.get(name, rest))
    quality = qualities.get(best, rest)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else None


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0


@lru_cache(maxsize=_KEPT)
def encode(coding: str, body: bytes) -> bytes:
    """A body made now. The last few are kept: what several clients ask for in one second is compressed once."""
    if coding == BROTLI:
        return bytes(brotli.compress(body, quality=_QUALITY))
    return zlib.compress(body, _LEVEL, wbits=31)


def encode_file(coding: str, body: bytes) -> bytes:
    """A file's content, as small as it gets within a second or so."""
    if coding == BROTLI:
        quality = _FULL_QUALITY if len(body) < _LARGE else _QUICK_QUALITY
        return bytes(brotli.compress(body, quality=quality))
    return zlib.compress(body, _FULL_LEVEL, wbits=31)


_READ_AGAIN = 10_000
"""Bytes below which to read an event again is quicker than the sum of two checksums."""


@lru_cache(maxsize=_KEPT)
def _block(data: bytes) -> tuple[bytes, int]:
    """An event as a deflate block of its own, and its checksum."""
    deflating = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    return deflating.compress(data) + deflating.flush(zlib.Z_FULL_FLUSH), zlib.crc32(data)


class GzipStream:
    """A gzip stream made of blocks that others share; it keeps its checksum and nothing else.

    ``begin`` comes first and ``end`` last, apart from the blocks: a block that is joined with anything is a copy.
    """

    _HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    _LAST = b"\x03\x00"

    def __init__(self) -> None:
        self._crc = self._size = 0

    def begin(self) -> bytes:
        """What a stream begins with."""
        return self._HEAD

    def write(self, data: bytes) -> bytes:
        """What to send for this part, at once; the same bytes object to every stream that writes it now."""
        if not data:
            return b""
        block, crc = _block(data)
        is_quick = len(data) < _READ_AGAIN
        self._crc = zlib.crc32(data, self._crc) if is_quick else combined(self._crc, crc, len(data))
        self._size += len(data)
        return block

    def end(self) -> bytes:
        """What a stream ends with."""
        return self._LAST + struct.pack("<II", self._crc, self._size & 0xFFFFFFFF)
