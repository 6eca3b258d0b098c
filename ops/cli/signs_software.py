"""``placelibre signs software``: software signs, for tests and training."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from gateways.signs.software.server import running
from ops.cities import find_city
from ops.console import TenantOption, live_state, run, say, settings_of
from ops.settings import Settings
from parking.errors import ParkingError
from parking.signs.codec import encode_sign
from parking.signs.model import Sign, SignLine
from parking.signs.words import SignProtocol
from store.signs import read_signs

FIRST_SIGN_PORT = 16100


class NoSoftwareSignsError(ParkingError):
    """There is nothing to start; the message says how there would be."""


def software(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=0, help="so many made-up signs, instead of those of the inventory")] = 0,
    port: Annotated[int, typer.Option(help="port of the first made-up sign")] = FIRST_SIGN_PORT,
    pace: Annotated[float, typer.Option(min=0.001, help="seconds of their clocks in one of ours")] = 1.0,
    door: Annotated[int | None, typer.Option(help="port of the door by which switches are thrown")] = None,
    write: Annotated[Path | None, typer.Option(help="write the signs there, an inventory in JSON lines")] = None,
    tenant: TenantOption = None,
) -> None:
    """Have software signs answer here until Ctrl-C: those of the inventory that are software, or made-up ones.

    They behave as NTCIP 1203 and TEDI signs do; by the door they are made to fail (docs/signs.md).

    [bold]Examples[/bold]: placelibre signs software --tenant nantes --door 16099 ·
    placelibre signs software --count 500
    """
    settings = settings_of(context)
    city = run(find_city(settings, tenant)) if tenant or not count else "made-up"
    signs = made_up(city, count, port) if count else run(_read(settings, city))
    if not signs:
        raise NoSoftwareSignsError(f"{city} has no software signs: import some with is_software, or give --count")
    if write is not None:
        write.write_bytes(b"".join(encode_sign(sign) + b"\n" for sign in signs))
    run(_serve(signs, pace, door))


def made_up(tenant: str, count: int, port: int) -> list[Sign]:
    """Signs of two lines each, whose places are p1, p2 and so on."""
    return [
        Sign(
            tenant=tenant, id=f"S{number}", name=f"Software sign {number}", protocol=SignProtocol.NTCIP,
            address=f"127.0.0.1:{port + number}", is_software=True,
            lines=tuple(
                SignLine(number=line, legend=f"PLACE {2 * number + line}", places=(f"p{2 * number + line}",))
                for line in (1, 2)
            ),
        )
        for number in range(count)
    ]  # fmt: skip


async def _read(settings: Settings, tenant: str) -> list[Sign]:
    async with live_state(settings) as client:
        return [sign for sign in await read_signs(client, tenant) if sign.is_software]


async def _serve(signs: list[Sign], pace: float, door: int | None) -> None:
    try:
        async with running(signs, pace, ("127.0.0.1", door) if door else None):
            say(f"{len(signs)} software signs answer, the first at {signs[0].address}; their community is Public")
            await asyncio.Event().wait()
    except OSError as error:
        told = f"a sign or the door cannot listen ({error}): give another --port or --door"
        raise NoSoftwareSignsError(told) from error
