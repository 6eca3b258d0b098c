"""A sign at the other end of a real socket, scripted by bytes: written from the note, not from the driver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from parking.signs.model import Sign, SignLine, TediOptions
from parking.signs.words import SignProtocol

Handler = Callable[[str], "list[bytes] | None"]


def bcc(body: bytes, method: str = "sum") -> bytes:
    total = 0
    for byte in body:
        total = (total ^ byte) if method == "xor" else (total + byte)
    return bytes([total & 127])


def reply(text: str, station: str = "001", block: str = "0", end: bytes = b"\x03", method: str = "sum") -> bytes:
    body = b"\x02" + f"{station}{block} {text}".encode("latin-1") + end
    return body + bcc(body, method)


@dataclass
class StandInTedi:
    """What it was told; what it answers to each command's first word. Without a handler it is a truthful sign."""

    state: str = "ADR=001 DEF=0"
    shown: dict[str, str] = field(default_factory=lambda: {"1": "0", "2": "0"})
    heard: list[str] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    handlers: dict[str, Handler] = field(default_factory=dict)
    method: str = "sum"
    connections: int = 0
    port: int = 0
    block: bytes = b"0"

    def respond(self, command: str) -> list[bytes]:
        word = command.split(" ")[0]
        handled = self.handlers[word](command) if word in self.handlers else None
        if handled is not None:
            return handled
        if word in {"P", "PA"}:
            self.display(command)
            return [b"\x06" + self.block]
        if word == "PS":
            return [reply("\r\n".join(f"0 AM={k} AF={v} CL=0 EC=A" for k, v in self.shown.items()), method=self.method)]
        return [reply(self.state, method=self.method)] if word == "ST" else [b"\x060"]

    def display(self, command: str) -> None:
        for part in command.split("AM=")[1:]:
            module, rest = part.split(" ", 1)
            text = rest.removeprefix("AF=")
            text = text[: text.index('"', 1) + 1] if text.startswith('"') else text.split(" ")[0]
            for name in list(self.shown) if module == "*" else [module]:
                self.shown[name] = text

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        pending, parts = b"", ""
        try:
            while data := await reader.read(4096):
                pending += data
                while pending:
                    if pending[0] in (6, 0x15):
                        if len(pending) < 2:
                            break
                        self.answers.append(pending[:2])
                        pending = pending[2:]
                        continue
                    ends = [at for at in (pending.find(b"\x03"), pending.find(b"\x17")) if at >= 0]
                    if not ends or len(pending) < min(ends) + 2:
                        break
                    end = min(ends)
                    frame, pending = pending[: end + 2], pending[end + 2 :]
                    assert frame[0] == 5, frame
                    assert frame[:-1][-1:] in (b"\x03", b"\x17")
                    assert frame[-1:] == bcc(frame[:-1], self.method), frame
                    assert len(frame) <= 1 + 4 + 1 + 247 + 2
                    parts += frame[6:-2].decode()
                    if frame[-2] == 0x17:
                        writer.write(b"\x06" + frame[4:5])
                        continue
                    command, parts, self.block = parts, "", frame[4:5]
                    self.heard.append(command)
                    for piece in self.respond(command):
                        writer.write(piece)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[StandInTedi]:
        server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await asyncio.sleep(0)

    def sign(self, **options: object) -> Sign:
        settings = {"timeout_s": 0.3, "tries": 2, "characters": 16, **options}
        return Sign(
            tenant="testville",
            id="T1",
            name="Quai",
            protocol=SignProtocol.TEDI,
            address=f"127.0.0.1:{self.port}",
            lines=(
                SignLine(number=1, legend="COMMERCE", places=("a",)),
                SignLine(number=2, legend="GRASLIN", places=("b",)),
            ),
            tedi=TediOptions(**settings),  # type: ignore[arg-type]
        )
