"""A driver for each sign of the inventory, by its protocol; those of NTCIP share one socket."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from gateways.signs.datex.driver import DatexDriver
from gateways.signs.driver import SignDriver
from gateways.signs.ntcip.driver import NtcipDriver
from gateways.signs.ntcip.snmp import SnmpSocket
from gateways.signs.tedi.driver import TediDriver
from parking.signs.model import Sign
from parking.signs.words import SignProtocol

FACTORY_COMMUNITY = "Public"
"""What signs are delivered with; a setting gives another."""

ANY_SIGN = "*"


class SignSecret(NamedTuple):
    """What a sign wants to be told, in the clear: never logged, never in the inventory."""

    community: str | None = None
    read_community: str | None = None
    password: str | None = None


@asynccontextmanager
async def open_drivers(secrets: Mapping[str, SignSecret]) -> AsyncIterator[Callable[[Sign], SignDriver]]:
    """What opens a driver, for as long as the socket lasts. Secrets stand by a sign's id, or ``*`` for all others."""
    socket = SnmpSocket()

    def open_driver(sign: Sign) -> SignDriver:
        secret = secrets.get(sign.id) or secrets.get(ANY_SIGN) or SignSecret()
        if sign.protocol is SignProtocol.NTCIP:
            community = secret.community or FACTORY_COMMUNITY
            return NtcipDriver(sign, community, socket, read_community=secret.read_community)
        if sign.protocol is SignProtocol.TEDI:
            return TediDriver(sign, secret.password)
        return DatexDriver(sign)

    try:
        yield open_driver
    finally:
        await socket.close()
