"""What is known of all signs now, read at most once a second however many ask; what is a minute old is not known."""

import asyncio
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from redis.exceptions import RedisError

from gateways.signs.desk import CityNow, SignsPort
from gateways.signs.driver import SignRefusedError
from gateways.signs.tedi.faces import face_of
from gateways.signs.tedi.lcr import read_shown
from parking.signs.face import DARK, Face, FaceLine
from parking.signs.model import Sign
from parking.signs.status import AlarmKind, SignState, SignStatus, is_current
from parking.signs.words import SignProtocol
from serving.problems import ProblemDocument

_EVERY_S = 1.0
_UNSURE = (SignState.STARTING, SignState.SILENT)


class Glance(NamedTuple):
    """The signs at one moment. ``statuses`` are only those that are young enough to be believed."""

    city: CityNow
    signs: tuple[Sign, ...]
    statuses: Mapping[str, SignStatus]
    trouble: bool = False


class SignBoard:
    """Reads, and remembers for a second; goes on with what it has read where Redis is away, until that is too old."""

    def __init__(self, port: SignsPort) -> None:
        self.port, self.trouble = port, False
        self._read: tuple[CityNow, list[Sign], dict[str, SignStatus]] | None = None
        self._tried = float("-inf")
        self._lock = asyncio.Lock()

    async def look(self) -> Glance:
        """Raises ProblemDocument (503) where nothing was ever read."""
        async with self._lock:
            if time.monotonic() - self._tried >= _EVERY_S:
                await self._try()
                self._tried = time.monotonic()
        if self._read is None:
            raise not_readable()
        return glance_at(*self._read, datetime.now(UTC), self.trouble)

    async def _try(self) -> None:
        try:
            self._read = await self.port.city(), await self.port.signs(), await self.port.statuses()
            self.trouble = False
        except (RedisError, OSError, TimeoutError):
            self.trouble = True


def glance_at(
    city: CityNow, signs: Iterable[Sign], statuses: Mapping[str, SignStatus], wall: datetime, trouble: bool = False
) -> Glance:
    """What may be said of these signs at that time of this machine's, in the order of their names."""
    ordered = tuple(sorted(signs, key=lambda sign: (_in_order(sign.name), sign.id)))
    known = {
        sign.id: without_address(statuses[sign.id], sign)
        for sign in ordered
        if sign.id in statuses and is_current(statuses[sign.id], wall)
    }
    return Glance(city, ordered, known, trouble)


def _in_order(name: str) -> list[tuple[int, str]]:
    """As people sort names: 2 before 10."""
    return [(int(part[:18]), "") if part.isdecimal() else (-1, part.casefold()) for part in re.split(r"(\d+)", name)]


def not_readable() -> ProblemDocument:
    """Redis is away."""
    detail = "Redis does not answer, so nothing is known of the signs; ask again"
    return ProblemDocument(503, "Not ready", detail, headers={"Retry-After": "5"})


def without_address(status: SignStatus, sign: Sign) -> SignStatus:
    """The same for anyone who may read: what went wrong, and not where the sign is in the network."""
    if sign.address is None or not status.alarms:
        return status
    host = sign.address.rpartition(":")[0].strip("[]")
    alarms = tuple(
        msgspec.structs.replace(alarm, detail=alarm.detail.replace(sign.address, sign.id).replace(host, sign.id))
        for alarm in status.alarms
    )
    return msgspec.structs.replace(status, alarms=alarms)


def find_shown(sign: Sign, status: SignStatus | None) -> Face | str | None:
    """What a driver sees, as far as the sign itself says so: a face, or MULTI; None where nobody knows."""
    if status is None or status.state in _UNSURE or status.shown is None:
        return None
    shown = status.shown
    if shown.is_blank or shown.is_visible is False:
        return DARK
    if sign.protocol is SignProtocol.NTCIP:
        return shown.text
    if sign.protocol is SignProtocol.TEDI:
        try:
            return face_of(sign, read_shown(shown.text))
        except SignRefusedError:
            return None
    return None  # a publication: who displays it, and whether, is not known


def find_commanded(sign: Sign, status: SignStatus | None) -> Face | None:
    """What it was told last, or None where nobody knows."""
    if status is None or not status.lines:
        return None
    return Face(tuple(FaceLine(line.number, line.legend, line.value, line.arrow) for line in status.lines))


def is_other(status: SignStatus) -> bool:
    """Whether what it shows is, for certain, not what was commanded."""
    alarms = {alarm.kind for alarm in status.alarms}
    return (status.shown is not None and status.shown.matches is False) or (
        AlarmKind.DISPLAYED_IS_NOT_COMMANDED in alarms or status.state in (SignState.TAKEN, SignState.WRONG)
    )
