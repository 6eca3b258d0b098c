"""Asking signs by SNMPv1 over UDP: one socket for all of them, and nothing taken that was not asked.

An answer counts where its request id is open, it comes from the address that was asked, and is about the same objects;
whatever else arrives is counted by what was wrong with it, and ignored. A try keeps its request id, so a late answer to
the first still answers. Communities are never logged.
"""

import asyncio
import itertools
import random
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from gateways.signs.driver import Check, SignRefusedError, SignSilentError
from gateways.signs.ntcip.messages import Binding, Reply, SnmpStatus, Value, decode_reply, encode_get, encode_set
from gateways.signs.ntcip.objects import Oid

Peer = tuple[str, int]


class SnmpRefusedError(SignRefusedError):
    """The agent answered with an error: its status, and the object that it is about."""

    def __init__(self, status: SnmpStatus, oid: Oid | None) -> None:
        name = status.name.lower()
        about = None if oid is None else ".".join(map(str, oid))
        super().__init__(
            f"the sign answered {name}" + (f" about {about}" if about else ""), {"snmp": name, "at": about}
        )
        self.status, self.oid = status, oid


class SnmpWire(Protocol):
    """What carries requests: a datagram socket for all signs, or a connection for one."""

    async def ask(self, peer: Peer, request_id: int, data: bytes, oids: tuple[Oid, ...], timeout_s: float) -> Reply:
        """The answer to this request from this peer; TimeoutError, or OSError where it cannot be sent."""
        ...


class _Open(NamedTuple):
    host: str
    port: int
    oids: tuple[Oid, ...]
    answer: asyncio.Future[Reply]


class SnmpSocket(asyncio.DatagramProtocol):
    """The one UDP socket. ``counts``: "answered", and by reason whatever was ignored; together all that arrived."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._open: dict[int, _Open] = {}
        self._transports: dict[bool, asyncio.DatagramTransport] = {}
        self._places: dict[Peer, Peer] = {}

    async def ask(self, peer: Peer, request_id: int, data: bytes, oids: tuple[Oid, ...], timeout_s: float) -> Reply:
        """Send it, and wait for its answer."""
        if peer not in self._places:
            self._places[peer] = await asyncio.wait_for(_find(peer), timeout_s)
        host, port = self._places[peer]
        transport = await self._get_transport(is_v6=":" in host)
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._open[request_id] = _Open(host, port, oids, answer)
        try:
            transport.sendto(data, (host, port))
            return await asyncio.wait_for(answer, timeout_s)
        except TimeoutError:
            self._places.pop(peer, None)  # a name may have moved
            raise
        finally:
            self._open.pop(request_id, None)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Give it to whom it answers, or count why not."""
        self.counts[self._take(data, addr)] += 1

    async def close(self) -> None:
        """Let go of the sockets; who waits is told at his timeout."""
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()

    def _take(self, data: bytes, addr: tuple[Any, ...]) -> str:
        reply = decode_reply(data)
        if reply is None:
            return "unreadable"
        asked = self._open.get(reply.request_id)
        if asked is None or asked.answer.done():
            return "unasked"
        if (asked.host, asked.port) != addr[:2]:
            return "other_address"
        if not answers(reply, asked.oids):
            return "other_objects"
        asked.answer.set_result(reply)
        return "answered"

    async def _get_transport(self, *, is_v6: bool) -> asyncio.DatagramTransport:
        if is_v6 not in self._transports:
            made = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_DGRAM)
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            made.bind(("::" if is_v6 else "0.0.0.0", 0))  # noqa: S104
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=made)
            if self._transports.setdefault(is_v6, transport) is not transport:
                transport.close()
        return self._transports[is_v6]


def answers(reply: Reply, oids: tuple[Oid, ...]) -> bool:
    """Whether it is about what was asked; an error may come without objects, as some agents send it."""
    named = tuple(oid for oid, _ in reply.bindings)
    return named == oids or (reply.status is not SnmpStatus.NO_ERROR and not named)


async def _find(peer: Peer) -> Peer:
    found = await asyncio.get_running_loop().getaddrinfo(*peer, type=socket.SOCK_DGRAM)
    host, port = found[0][4][:2]
    return str(host), int(port)


def _count_up() -> Iterator[int]:
    first = random.randrange(1, 1 << 30)
    return itertools.cycle(itertools.chain(range(first, 1 << 31), range(1, first)))


_request_ids = _count_up()


class SnmpSession:
    """One sign's agent, asked one thing at a time. ``guard`` is asked before every try of a SET: may we still?

    SignSilentError after the last try, SnmpRefusedError where it says no.
    """

    def __init__(
        self,
        wire: SnmpWire,
        peer: Peer,
        community: str,
        read_community: str | None = None,
        *,
        timeout_s: float = 2.0,
        tries: int = 2,
    ) -> None:
        self._wire, self._peer = wire, peer
        self._community = community.encode()
        self._read_community = self._community if read_community is None else read_community.encode()
        self._timeout_s, self._tries = timeout_s, max(1, tries)
        self.guard: Check | None = None

    async def get(self, *oids: Oid) -> tuple[Value, ...]:
        """Their values, in order; asked for in halves where they are too many for one message."""
        request_id = next(_request_ids)
        try:
            reply = await self._ask(request_id, encode_get(self._read_community, request_id, *oids), oids)
        except SnmpRefusedError as error:
            if error.status is not SnmpStatus.TOO_BIG or len(oids) < 2:
                raise
            half = len(oids) // 2
            return *(await self.get(*oids[:half])), *(await self.get(*oids[half:]))
        return tuple(value for _, value in reply.bindings)

    async def find(self, *oids: Oid) -> dict[Oid, Value]:
        """The values of those that the agent has: only "no such name" means that it has one not."""
        wanted = list(oids)
        while wanted:
            try:
                return dict(zip(wanted, await self.get(*wanted), strict=True))
            except SnmpRefusedError as error:
                if error.status is not SnmpStatus.NO_SUCH_NAME:
                    raise
                if error.oid in wanted:
                    wanted.remove(error.oid)
                elif len(wanted) == 1:
                    return {}
                else:  # it does not say which
                    half = len(wanted) // 2
                    return {**await self.find(*wanted[:half]), **await self.find(*wanted[half:])}
        return {}

    async def set(self, *bindings: Binding, is_checked: bool = False) -> None:
        """Set them, all or none; ``is_checked``: the guard was asked a moment ago."""
        request_id = next(_request_ids)
        oids = tuple(oid for oid, _ in bindings)
        await self._ask(request_id, encode_set(self._community, request_id, *bindings), oids, self.guard, is_checked)

    async def _ask(
        self, request_id: int, data: bytes, oids: tuple[Oid, ...], guard: Check | None = None, is_checked: bool = False
    ) -> Reply:
        reply = await self._try(request_id, data, oids, guard, is_checked)
        if reply.status is not SnmpStatus.NO_ERROR:
            raise SnmpRefusedError(
                reply.status, oids[reply.error_index - 1] if 0 < reply.error_index <= len(oids) else None
            )
        return reply

    async def _try(
        self, request_id: int, data: bytes, oids: tuple[Oid, ...], guard: Check | None, is_checked: bool
    ) -> Reply:
        problem: Exception | None = None
        for tried in range(self._tries):
            if guard is not None and (tried or not is_checked):
                await guard()
            try:
                return await self._wire.ask(self._peer, request_id, data, oids, self._timeout_s)
            except (TimeoutError, OSError, UnicodeError) as error:
                problem = error
        host, port = self._peer
        why = f": {problem}" if str(problem) else ""
        said = {"tries": self._tries, "timeout_s": self._timeout_s}
        raise SignSilentError(
            f"{host}:{port} gave no answer in {self._tries} tries of {self._timeout_s:g} s{why}", said
        )
