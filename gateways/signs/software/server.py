"""Software signs on the network: each at its own address, and one door for whoever throws their switches.

The door takes a line of JSON and answers one: ``{"sign": "A12", "switch": "lying", "value": true}``, ``{"sign": "A12",
"look": true}`` (what is lit), ``{"all": true}``, ``{"sign": "A12", "power_cycle": 60}``, ``{"sign": "A12", "outrank":
"[jp3]ACCIDENT"}``.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from gateways.signs.software.clock import SignClock
from gateways.signs.software.ntcip_sign import NtcipSign
from gateways.signs.software.switches import UnknownSwitchError
from gateways.signs.software.tedi import SoftwareTedi
from gateways.signs.software.tedi_server import TediServer
from parking.signs.model import Sign
from parking.signs.words import SignProtocol

log = logging.getLogger(__name__)
MAX_LINE = 64 * 1024
DEFAULT_COMMUNITY = b"Public"


class NtcipServer(asyncio.DatagramProtocol):
    """One sign on a UDP port."""

    def __init__(self, sign: NtcipSign) -> None:
        self.sign = sign
        self._transport: asyncio.DatagramTransport | None = None
        self._elsewhere: asyncio.DatagramTransport | None = None
        self._later: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """See asyncio."""
        sign = self.sign
        if sign.switches.silent:
            sign.control.tick()
            sign.control.hear()
            return
        answer = sign.answer(data)
        if answer is None or sign.switches.silent:  # a firmware may lock up on what it was just asked
            return
        if sign.switches.half:
            answer = answer[: len(answer) // 2]
        if sign.switches.late_s or sign.switches.elsewhere:
            task = asyncio.ensure_future(self._send_otherwise(answer, addr))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        elif self._transport is not None:
            self._transport.sendto(answer, addr)

    async def _send_otherwise(self, answer: bytes, addr: Any) -> None:
        await asyncio.sleep(self.sign.switches.late_s)
        transport = self._transport
        if self.sign.switches.elsewhere:
            if self._elsewhere is None:
                self._elsewhere, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                    asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
                )
            transport = self._elsewhere
        if transport is not None and not transport.is_closing():
            transport.sendto(answer, addr)

    def close(self) -> None:
        """Be gone."""
        for transport in (self._transport, self._elsewhere):
            if transport is not None:
                transport.close()


class SoftwareSigns:
    """The signs that are running, by id, and what their door is told."""

    def __init__(self, pace: float = 1.0) -> None:
        self.pace = pace
        self.ntcip: dict[str, NtcipSign] = {}
        self.tedi: dict[str, SoftwareTedi] = {}
        self._datagrams: list[NtcipServer] = []
        self._streams: list[TediServer] = []

    async def start(self, sign: Sign, community: bytes = DEFAULT_COMMUNITY) -> None:
        """Have this sign of the inventory answer at its address. Raises OSError where that is taken."""
        host, _, port = (sign.address or "").rpartition(":")
        if sign.protocol is SignProtocol.NTCIP:
            software = self.ntcip[sign.id] = NtcipSign(sign.limits, SignClock(self.pace), community)
            _, server = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: NtcipServer(software), local_addr=(host.strip("[]"), int(port))
            )
            self._datagrams.append(server)
        elif sign.protocol is SignProtocol.TEDI:
            modules = list(sign.tedi.modules[: len(sign.lines)])
            modules += [str(line.number) for line in sign.lines[len(modules) :]]
            tedi = self.tedi[sign.id] = SoftwareTedi(
                modules, SignClock(self.pace), station=sign.tedi.station, characters=sign.tedi.characters,
                honours_dv=sign.tedi.honours_dv,
            )  # fmt: skip
            listening = TediServer(tedi, sign.tedi.bcc)
            await listening.start(host.strip("[]"), int(port))
            self._streams.append(listening)

    async def close(self) -> None:
        """All of them are gone."""
        for server in self._datagrams:
            server.close()
        for listening in self._streams:
            await listening.close()

    def obey(self, said: Any) -> dict[str, Any]:
        """What the door was told. Raises UnknownSwitchError where it makes no sense."""
        if isinstance(said, dict) and said.get("all"):
            return self._list_texts()
        name = said.get("sign") if isinstance(said, dict) else None
        if isinstance(name, str) and name in self.ntcip:
            return _obey_ntcip(self.ntcip[name], said)
        if isinstance(name, str) and name in self.tedi:
            return _obey_tedi(self.tedi[name], said)
        raise UnknownSwitchError(f"name a sign that runs here: {', '.join(sorted([*self.ntcip, *self.tedi])[:20])}")

    def _list_texts(self) -> dict[str, Any]:
        """What every NTCIP sign shows, and how many requests they have answered together."""
        for sign in self.ntcip.values():
            sign.control.tick()
        texts = {name: sign.control.multi.decode("ascii", "replace") for name, sign in self.ntcip.items()}
        return {"texts": texts, "answered": sum(sign.counts["answered"] for sign in self.ntcip.values())}


def _obey_ntcip(sign: NtcipSign, said: dict[str, Any]) -> dict[str, Any]:
    sign.control.tick()  # until now the switches stood as they did
    if "switch" in said:
        sign.switches.throw(str(said["switch"]), said.get("value"))
    if "power_cycle" in said:
        sign.control.cycle_power(float(said["power_cycle"]))
    if "outrank" in said:
        sign.control.outrank(str(said["outrank"]).encode("ascii", "replace"))
    lit = sign.lit()
    return {
        "is_dark": not lit, "text": sign.control.multi.decode("ascii", "replace"), "source": sign.control.source,
        "remaining_min": sign.control.remaining_min, "counts": sign.counts, "activations": sign.control.activations,
        "lit": sorted(lit) if said.get("look") == "pixels" else None,
    }  # fmt: skip


def _obey_tedi(sign: SoftwareTedi, said: dict[str, Any]) -> dict[str, Any]:
    if "switch" in said:
        sign.switches.throw(str(said["switch"]), said.get("value"))
    if "power_cycle" in said:
        sign.cycle_power()
    seen = sign.see()
    return {"is_dark": not any(seen.values()), "text": seen, "activations": sign.displays}


@asynccontextmanager
async def running(
    signs: Iterable[Sign], pace: float = 1.0, door: tuple[str, int] | None = None, community: bytes = DEFAULT_COMMUNITY
) -> AsyncIterator[SoftwareSigns]:
    """Software signs for as long as the ``with`` lasts. Raises OSError where an address is taken."""
    those = SoftwareSigns(pace)
    server = None
    try:
        for sign in signs:
            await those.start(sign, community)
        if door is not None:
            server = await asyncio.start_server(lambda r, w: _answer_door(those, r, w), *door, limit=MAX_LINE)
        yield those
    finally:
        await those.close()
        if server is not None:
            server.close()


async def _answer_door(those: SoftwareSigns, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while line := await reader.readline():
            try:
                said = those.obey(json.loads(line))
            except (UnknownSwitchError, ValueError, TypeError, OverflowError, RecursionError) as error:
                said = {"error": str(error)}
            writer.write(json.dumps(said).encode() + b"\n")
            await writer.drain()
    except (OSError, ValueError) as error:
        log.info("a line at the door of the software signs was not read: %s", error)
    finally:
        writer.close()
