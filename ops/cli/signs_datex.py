"""``placelibre signs datex``: the signs as DATEX II v3.7 documents."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from msgspec.structs import replace

from gateways.signs.datex.elements import Publisher
from gateways.signs.datex.status import render_status
from gateways.signs.datex.table import PublishedSigns, render_table, select_published
from ops.cities import find_city
from ops.console import TenantOption, live_state, run, settings_of
from ops.settings import Settings
from parking.errors import ParkingError
from parking.signs.status import SignStatus
from store.sign_status import read_status
from store.signs import read_signs


class NothingToPublishError(ParkingError):
    """The schema knows no publication without a sign."""


def datex(
    context: typer.Context,
    table: Annotated[bool, typer.Option("--table/--status", help="what stands where, or what each shows")] = False,
    country: Annotated[str, typer.Option(help="the publisher's country, in two letters")] = "fr",
    publisher: Annotated[str | None, typer.Option(help="the publisher's name there; default: the city's id")] = None,
    tenant: TenantOption = None,
) -> None:
    """Print the signs as DATEX II v3.7: VmsTablePublication, or VmsPublication with what each says that it shows.

    What nobody knows is left out: a sign that is silent, or was last heard of a minute ago, has no text.

    [bold]Examples[/bold]: placelibre signs datex --table --tenant nantes · placelibre signs datex --status
    """
    settings = settings_of(context)
    city = run(find_city(settings, tenant))
    published, statuses = run(_read(settings, city))
    who, now = Publisher(country, publisher or city), datetime.now(UTC)
    document = render_table(published, who, now) if table else render_status(published, statuses, who, now)
    if document is None:
        raise NothingToPublishError(f"{city} has no signs in its inventory (docs/signs.md)")
    typer.echo(document.decode(), nl=False)


async def _read(settings: Settings, tenant: str) -> tuple[PublishedSigns, dict[str, SignStatus]]:
    """The signs, with their limits as last read from them, and what is said of each."""
    async with live_state(settings) as client:
        signs, statuses = await read_signs(client, tenant), await read_status(client, tenant)
    known = [replace(sign, limits=statuses[sign.id].limits) if sign.id in statuses else sign for sign in signs]
    return select_published(tenant, known), statuses
