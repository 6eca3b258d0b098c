"""Operators who listen to one desk: who of them was let go, and when each heard of a number."""

import asyncio
import re
import time
import zlib
from urllib.parse import urlsplit

from benchmarks.desk_suite.house import DeskProcess

STREAM = "/live?lang=fr"
_NUMBER = re.compile(rb"(?<![\d.,])\d{3}(?!\d)")
_COMING_AT_ONCE = 10


class Operators:
    """So many people of one desk, each with a session, and what they heard when."""

    def __init__(self, desk: DeskProcess) -> None:
        self._desk = desk
        self.gone: list[str] = []
        self._heard: list[dict[int, list[float]]] = []
        self.bytes = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._waited_for = 0
        self._all_ready = asyncio.Event()

    async def come(self, count: int) -> None:
        """All of them, some at a time, until each has heard something."""
        self._waited_for = count
        for start in range(0, count, _COMING_AT_ONCE):
            names = [f"operator {number}" for number in range(start, min(count, start + _COMING_AT_ONCE))]
            cookies = [await self._desk.come_in(name) for name in names]
            self._tasks += [asyncio.create_task(self._listen(f"{name}={value}")) for name, value in cookies]
            await asyncio.sleep(0.1)
        async with asyncio.timeout(30):
            await self._all_ready.wait()

    async def leave(self) -> None:
        """All hang up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def delays_ms(self, told: dict[int, float]) -> list[float]:
        """From each write to each operator; a number that one of them never heard is not in it (``missing``)."""
        return [1000 * (at - told[number]) for number in told for at in self._first(number, told[number])]

    def missing(self, told: dict[int, float]) -> int:
        """How often one of them did not hear of a number."""
        return sum(len(self._tasks) - len(self._first(number, told[number])) for number in told)

    def _first(self, number: int, told_at: float) -> list[float]:
        """When each heard of it first; a number that was heard before it was told was another one's."""
        after = ([at for at in times.get(number, []) if at >= told_at] for times in self._heard)
        return [min(times) for times in after if times]

    def _count_ready(self) -> None:
        self._waited_for -= 1
        if not self._waited_for:
            self._all_ready.set()

    async def _listen(self, cookie: str) -> None:
        """As a browser does: compressed."""
        parts = urlsplit(self._desk.url)
        asked = f"GET {STREAM} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n"
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            writer.write(f"{asked}Accept-Encoding: gzip\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head[:16]:
                self.gone.append(head.decode("latin-1")[:200])
                return
            await self._hear(reader, b"content-encoding: gzip" in head.lower())
            self.gone.append("the desk ended the stream")
        except (OSError, asyncio.IncompleteReadError, zlib.error) as error:
            self.gone.append(repr(error))
        finally:
            writer.close()

    async def _hear(self, reader: asyncio.StreamReader, is_packed: bool) -> None:
        unpack, mine, is_new = zlib.decompressobj(31), b"", True
        heard: dict[int, list[float]] = {}
        self._heard.append(heard)
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            chunk = (await reader.readexactly(size + 2))[:-2]
            self.bytes += size
            mine += unpack.decompress(chunk) if is_packed else chunk
            done, _, mine = mine.rpartition(b"\n\n")
            if done and is_new:
                is_new = False
                self._count_ready()
            now = time.time()
            for number in {int(found) for found in _NUMBER.findall(done)}:
                heard.setdefault(number, []).append(now)
