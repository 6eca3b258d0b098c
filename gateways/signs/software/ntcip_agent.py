"""A software NTCIP sign at a UDP port: SNMPv1, as bad as its switches say. Nothing that it is sent ends it."""

import asyncio
import socket
from collections import Counter

from gateways.signs.ntcip.messages import AgentRequest, Binding, Reply, SnmpStatus, decode_request, encode_reply
from gateways.signs.software.ntcip import SoftwareNtcip
from gateways.signs.software.ntcip_objects import NtcipObjects, SnmpFaultError

_MOST_BINDINGS = 64


class NtcipAgent(asyncio.DatagramProtocol):
    """One sign; ``counts`` has all that arrived, by what became of it. ``address`` once it has started.

    A wrong community gets no answer, and the reading one may not write: noSuchName.
    """

    def __init__(self, sign: SoftwareNtcip, community: str = "Public", read_community: str | None = None) -> None:
        self.sign, self.address, self.counts = sign, "", Counter[str]()
        self._objects = NtcipObjects(sign)
        self._community = community.encode()
        self._read_community = self._community if read_community is None else read_community.encode()
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; OSError where the port is taken."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        self.address = f"{host}:{self._transport.get_extra_info('sockname')[1]}"

    def close(self) -> None:
        """Fall silent."""
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer it, in its own way."""
        answer, switches = self.answer(data), self.sign.switches
        if answer is None or switches.is_silent:
            return
        if switches.sends_half:
            answer = answer[: len(answer) // 2]
        if switches.late_s:
            asyncio.get_running_loop().call_later(switches.late_s, self._send, answer, addr)
        else:
            self._send(answer, addr)

    def answer(self, data: bytes) -> bytes | None:
        """What it says to these bytes; None: nothing."""
        request = decode_request(data)
        if request is None or len(request.bindings) > _MOST_BINDINGS:
            self.counts["unreadable"] += 1
            return None
        may_write = request.community == self._community
        if not may_write and request.community != self._read_community:
            self.counts["other_community"] += 1
            return None
        self.counts[request.kind] += 1
        self.sign.touch()
        return encode_reply(request.community, self._do(request, may_write))

    def _do(self, request: AgentRequest, may_write: bool) -> Reply:
        done: list[Binding] = []
        try:
            if request.kind == "set":
                if not may_write:
                    raise SnmpFaultError(SnmpStatus.NO_SUCH_NAME)
                self._objects.set(request.bindings)
                done = list(request.bindings)
            else:
                for oid, _ in request.bindings:
                    found = oid if request.kind == "get" else self._objects.find_next(oid)
                    done.append((found or oid, self._objects.get(found or ())))
        except SnmpFaultError as error:
            return Reply(request.request_id, error.status, error.index or len(done) + 1, request.bindings)
        return Reply(request.request_id, SnmpStatus.NO_ERROR, 0, tuple(done))

    def _send(self, answer: bytes, addr: tuple[str, int]) -> None:
        if self.sign.switches.answers_from_elsewhere:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
                elsewhere.sendto(answer, addr)
        elif self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(answer, addr)
