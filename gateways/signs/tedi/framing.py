"""TEDI frames out of bytes and into bytes: pure, no clock, no socket.

A request is ``ENQ rgs b SP text ETX BCC``, a reply ``STX rgs b SP text ETX BCC``; a block that another follows ends
with ETB instead. ``ACK b`` and ``NAK b`` answer block b. Fillers 00 and 7F may stand around a frame, never in it. Norms
and systems in service disagree about BCC: it is the sum or the exclusive or of all from ENQ or STX to ETX, seven bits.
Nothing that is read raises, and every byte is accounted for: in a frame, as filler, or thrown away.
"""

from enum import StrEnum
from typing import NamedTuple

MAX_LCR = 247
"""Characters of a block."""

_ENQ, _STX, _ETX, _ETB, _ACK, _NAK, _SPACE = 0x05, 0x02, 0x03, 0x17, 0x06, 0x15, 0x20
_FILLERS = (0x00, 0x7F)
_TEXT = frozenset({0x09, 0x0A, 0x0D, *range(0x20, 0x7F), *range(0x80, 0x100)})
_HEADER = 5
_BLOCKS = "0123456789"


class TediKind(StrEnum):
    """What a frame is."""

    REQUEST = "request"
    REPLY = "reply"
    ACK = "ack"
    NAK = "nak"


class TediFrame(NamedTuple):
    """One frame; ``is_sound`` where its BCC is right. Of ACK and NAK only the block is said. ``size`` counts bytes."""

    kind: TediKind
    block: str
    station: str = ""
    text: str = ""
    is_last: bool = True
    is_sound: bool = True
    size: int = 2


_STARTS = {_ENQ: TediKind.REQUEST, _STX: TediKind.REPLY}
_ANSWERS = {_ACK: TediKind.ACK, _NAK: TediKind.NAK}


def check_sum(data: bytes, method: str) -> int:
    """BCC over ``data`` by "sum" or "xor"."""
    total = 0
    for byte in data:
        total = total ^ byte if method == "xor" else total + byte
    return total & 0x7F


def encode_blocks(kind: TediKind, station: str, text: str, method: str) -> list[bytes]:
    """The frames of a request or reply, each at most MAX_LCR characters; blocks count from 0, after 9 from 0 again."""
    parts = [text[start : start + MAX_LCR] for start in range(0, len(text), MAX_LCR)] or [""]
    start = _ENQ if kind is TediKind.REQUEST else _STX
    frames = []
    for number, part in enumerate(parts):
        end = _ETX if number == len(parts) - 1 else _ETB
        head = f"{station}{_BLOCKS[number % 10]} ".encode("latin-1")
        body = bytes((start,)) + head + part.encode("latin-1") + bytes((end,))
        frames.append(body + bytes((check_sum(body, method),)))
    return frames


def encode_answer(kind: TediKind, block: str) -> bytes:
    """``ACK b`` or ``NAK b``."""
    return bytes((_ACK if kind is TediKind.ACK else _NAK,)) + block.encode("latin-1")


class TediReader:
    """Bytes in, frames out. ``fillers``, ``thrown_away``, ``framed`` and ``pending`` add up to what was fed."""

    def __init__(self, method: str = "sum") -> None:
        self.fillers = self.thrown_away = self.framed = 0
        self._method = method
        self._held = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of a frame that has not ended."""
        return len(self._held)

    def feed(self, data: bytes) -> list[TediFrame]:
        """The frames that end in these bytes, sound or not."""
        frames = []
        for byte in data:
            frame = self._take(byte)
            if frame is not None:
                self.framed += frame.size
                frames.append(frame)
        return frames

    def give_up(self) -> None:
        """What has begun will not end: throw it away."""
        self.thrown_away += len(self._held)
        self._held.clear()

    def _take(self, byte: int) -> TediFrame | None:
        held = self._held
        if not held:
            self._begin(byte)
            return None
        if held[0] in _ANSWERS:
            if byte not in _TEXT:
                self._start_over(byte)
                return None
            kind = _ANSWERS[held[0]]
            held.clear()
            return TediFrame(kind, chr(byte))
        if held[-1] in (_ETX, _ETB):
            return self._end(byte)
        is_end = byte in (_ETX, _ETB) and len(held) >= _HEADER
        is_too_long = len(held) > _HEADER + 1 + MAX_LCR or (byte in _TEXT and len(held) == _HEADER + 1 + MAX_LCR)
        if not is_end and (byte not in _TEXT or is_too_long):
            self._start_over(byte)
        else:
            held.append(byte)
        return None

    def _begin(self, byte: int) -> None:
        if byte in _STARTS or byte in _ANSWERS:
            self._held.append(byte)
        elif byte in _FILLERS:
            self.fillers += 1
        else:
            self.thrown_away += 1

    def _start_over(self, byte: int) -> None:
        self.give_up()
        self._begin(byte)

    def _end(self, bcc: int) -> TediFrame:
        body = bytes(self._held)
        self._held.clear()
        text = body[_HEADER:-1].decode("latin-1")
        return TediFrame(
            kind=_STARTS[body[0]],
            station=body[1:4].decode("latin-1"),
            block=chr(body[4]),
            text=text[1:] if text.startswith(chr(_SPACE)) else text,
            is_last=body[-1] == _ETX,
            is_sound=check_sum(body, self._method) == bcc,
            size=len(body) + 1,
        )
