"""One request and all that is answered to it: bytes in, bytes out, no clock. The IO half is ``line.py``.

A sign may acknowledge a request with ACK, with a reply, or with both. Each of its blocks is acknowledged; one with a
wrong BCC is asked for again, one that came twice counts once. A frame for or from another station is nobody's answer.
"""

from collections.abc import Callable

from gateways.signs.tedi.framing import TediFrame, TediKind, TediReader, encode_answer, encode_blocks

_MAX_BLOCKS = 12


class TediConversation:
    """``reply`` is None until the last block has come. ``is_refused``: it said NAK as often as it was tried.

    ``is_wanted`` tells a reply to this request from one to another that comes late; what it does not want is counted.
    ``progress`` counts what led further, and has an end.
    """

    def __init__(
        self, station: str, request: str, bcc: str, tries: int, is_wanted: Callable[[str], bool] = lambda text: True
    ) -> None:
        self.reply: str | None = None
        self.is_accepted = self.is_refused = False
        self.strangers = self.unsound = self.progress = 0
        self.reader = TediReader(bcc)
        self._station, self._is_wanted, self._tries = station, is_wanted, max(1, tries)
        self._blocks = encode_blocks(TediKind.REQUEST, station, request, bcc)
        self._at = self._sent = self._heard = 0
        self._parts: list[TediFrame] = []

    def start(self) -> bytes:
        """The first block, to be sent."""
        return self._send()

    def receive(self, data: bytes) -> bytes:
        """What is to be sent in answer to these bytes."""
        answers = b""
        for frame in self.reader.feed(data):
            answers += self._hear(frame)
        return answers

    def _send(self) -> bytes:
        self._sent += 1
        self.progress += 1
        return self._blocks[self._at]

    def _hear(self, frame: TediFrame) -> bytes:
        if frame.kind is TediKind.ACK:
            return self._hear_ack(frame)
        if frame.kind is TediKind.NAK:
            return self._hear_nak(frame)
        is_ours = frame.kind is TediKind.REPLY and frame.station == self._station
        if not is_ours or self._at < len(self._blocks) - 1 or self.reply is not None:
            self.strangers += 1
            return b""
        if not frame.is_sound:
            self.unsound += 1
            if self.unsound >= self._tries:
                return b""
            self.progress += 1
            return encode_answer(TediKind.NAK, frame.block)
        self._hear_block(frame)
        return encode_answer(TediKind.ACK, frame.block)

    def _hear_ack(self, frame: TediFrame) -> bytes:
        if frame.block != str(self._at % 10):
            self.strangers += 1
        elif self._at < len(self._blocks) - 1:
            self._at, self._sent = self._at + 1, 0
            return self._send()
        elif not self.is_accepted:
            self.progress += 1
            self.is_accepted = True
        return b""

    def _hear_nak(self, frame: TediFrame) -> bytes:
        if frame.block != str(self._at % 10) or self.is_accepted:
            self.strangers += 1
        elif self._sent < self._tries:
            return self._send()
        else:
            self.progress += 1
            self.is_refused = True
        return b""

    def _hear_block(self, frame: TediFrame) -> None:
        if self._parts and self._parts[-1] == frame:
            return
        if len(self._parts) >= _MAX_BLOCKS:
            self.strangers += 1
            return
        self._parts.append(frame)
        self._heard += 1
        self.progress += not frame.is_last and self._heard <= _MAX_BLOCKS
        if not frame.is_last:
            return
        text = "".join(part.text for part in self._parts)
        self._parts = []
        if self._is_wanted(text):
            self.reply, self.is_accepted = text, True
            self.progress += 1
        else:
            self.strangers += 1
