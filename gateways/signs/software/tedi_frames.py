"""The TEDI sign's own reading of the norm: requests out of bytes, replies into bytes. Nothing of it is the driver's.

A request is ENQ, station (3), block (1), text, ETX (or ETB: more follows), BCC; the text's first space is the frame's.
Fillers 00 and 7F may surround frames. ``counts`` says what became of each byte.
"""

import re
from functools import reduce
from typing import NamedTuple

ENQ, STX, ETX, ETB, ACK, NAK = b"\x05", b"\x02", b"\x03", b"\x17", b"\x06", b"\x15"
LONGEST = 247
_STARTS = re.compile(rb"[\x05\x06\x15]")
_REQUEST = re.compile(rb"\x05([^\x00-\x1f\x7f]{4})((?:[\t\n\r]|[^\x00-\x1f\x7f]){0,248}?)([\x03\x17])(.)", re.DOTALL)
_ANSWER = re.compile(rb"([\x06\x15])([^\x00-\x1f\x7f])")
_UNENDED = re.compile(
    rb"\x05(?:[^\x00-\x1f\x7f]{0,3}|[^\x00-\x1f\x7f]{4}(?:[\t\n\r]|[^\x00-\x1f\x7f]){0,248}[\x03\x17]?)"
    rb"|[\x06\x15]"
)


class HeardFrame(NamedTuple):
    """One frame: a request (``station`` and ``text``), or what somebody says of our block: ``answer`` ACK or NAK."""

    block: str
    station: str = ""
    text: str = ""
    is_last: bool = True
    is_sound: bool = True
    answer: bytes = b""


def block_check(data: bytes, method: str) -> int:
    """Seven bits, over all from the frame's start to its end character: their sum, or their exclusive or."""
    return (reduce(lambda one, other: one ^ other, data, 0) if method == "xor" else sum(data)) & 0x7F


def say(answer: bytes, block: str) -> bytes:
    """ACK or NAK of a block."""
    return answer + block.encode("latin-1", "replace")


def replies(station: str, text: str, method: str) -> dict[str, bytes]:
    """A reply's frames by block, in order; a text too long for the blocks there are is cut at their end."""
    parts = [text[at : at + LONGEST] for at in range(0, len(text), LONGEST)][:10] or [""]
    frames = {}
    for number, part in enumerate(parts):
        end = ETX if number == len(parts) - 1 else ETB
        body = STX + f"{station}{number} {part}".encode("latin-1", "replace") + end
        frames[str(number)] = body + bytes((block_check(body, method),))
    return frames


class Ear:
    """Bytes in, frames out, however they are cut. Nothing that is heard raises."""

    def __init__(self, method: str = "sum") -> None:
        self.method = method
        self.counts = {"framed": 0, "fillers": 0, "noise": 0}
        self._held = b""

    @property
    def waiting(self) -> int:
        """Bytes of a frame that has not ended."""
        return len(self._held)

    def hear(self, data: bytes) -> list[HeardFrame]:
        """The frames that end in these bytes, sound or not."""
        held, at, heard = self._held + data, 0, []
        while at < len(held):
            found = _REQUEST.match(held, at) or _ANSWER.match(held, at)
            if found is not None:
                heard.append(self._read(found))
                self.counts["framed"] += len(found[0])
                at = found.end()
            elif _UNENDED.fullmatch(held, at):
                break
            else:
                start = _STARTS.search(held, at + 1)
                end = start.start() if start else len(held)
                self._pass_over(held[at:end])
                at = end
        self._held = held[at:]
        return heard

    def _read(self, found: re.Match[bytes]) -> HeardFrame:
        if found.re is _ANSWER:
            return HeardFrame(found[2].decode("latin-1"), answer=found[1])
        address, text = found[1].decode("latin-1"), found[2].decode("latin-1")
        return HeardFrame(
            address[3], address[:3], text.removeprefix(" "), found[3] == ETX,
            block_check(found[0][:-1], self.method) == found[4][0],
        )  # fmt: skip

    def _pass_over(self, data: bytes) -> None:
        fillers = sum(byte in (0, 0x7F) for byte in data)
        self.counts["fillers"] += fillers
        self.counts["noise"] += len(data) - fillers
