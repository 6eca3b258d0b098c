"""What a city says of itself, and what is known of it."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from gateways.words.language import CODES
from geo.areas import footprint
from ops import clocks as clocking
from ops.cities import find_city
from ops.console import AsJson, TenantOption, out, print_json, run, settings_of
from ops.feeding import open_producer
from ops.settings import Settings
from parking.catalogue.model import Tenant
from parking.errors import ParkingError
from parking.instants import AHEAD_TOLERANCE, in_text
from parking.wall import ahead_of_us
from sensors.catalogue.city_file import CityFileError, as_own_words, read_city, read_outlines
from streams.known import read_catalogue
from streams.topics import create_topics

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="A city's name, time zone, languages, outlines, licence and map: what it says of itself goes before what its "
    "feeds say.\n\n[bold]Examples[/bold]: "
    "placelibre city set samples/exempleville/city.toml --tenant exempleville · placelibre city show",
)
_SHOWN = ("name", "located", "zone", "languages", "attribution", "licence", "view", "areas")


class UnknownCityError(ParkingError):
    """Nothing is known of that city; the message lists those there are."""


@app.command("set")
def set_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML or JSON; docs/catalogue.md shows one", show_default=False)],
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Say what a city is called, its time zone, languages, licence and map; it replaces what was set before.

    It holds at once for every process, and goes before what the city's feeds say of it.

    [bold]Example[/bold]: placelibre city set samples/exempleville/city.toml --tenant exempleville
    """
    settings = settings_of(context)
    city = read_city(file.name, _read(file))
    if wordless := [code for code in city.languages if code not in CODES]:
        raise CityFileError(f"{file.name}: nothing speaks {', '.join(wordless)} here; languages are {', '.join(CODES)}")
    areas = read_outlines(city.outlines, _read(file.parent / city.outlines)) if city.outlines else ()
    for area in areas:
        footprint("commune", area.id, area.name, area.outline)  # refused here, with its reason, before it is declared
    own = as_own_words(run(find_city(settings, tenant)), city, areas)
    run(_declare(settings, own))
    _print(own.id, run(_get_city(settings, own.id)), as_json)


@app.command("show")
def show(
    context: typer.Context,
    tenant: Annotated[str | None, typer.Argument(help="the city; default: the only one there is")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is known of a city: what was set, else what its feeds say.

    [bold]Example[/bold]: placelibre city show exempleville --json
    """
    settings = settings_of(context)
    name = run(find_city(settings, tenant))
    _print(name, run(_get_city(settings, name)), as_json)


@app.command("clock")
def clock(
    context: typer.Context,
    tenant: TenantOption = None,
    take_back: Annotated[
        bool, typer.Option("--take-back", help="put the city's clock back to this machine's time (see above)")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what time it is here, at Redis and for a city; or put a city's clock back that a wrong clock had set ahead.

    A city's clock never goes back by itself. Where a machine's clock had leapt ahead, all its places are unknown until
    that time comes. With --take-back the city is told this machine's time, which must be right: what still holds at
    that time is shown again; what was stamped later is forgotten, and its place is unknown until it speaks again; car
    parks that are known by sums of cars are unknown until somebody counts. Nothing in the history is changed.

    [bold]Examples[/bold]: placelibre city clock --tenant nantes · placelibre city clock --tenant nantes --take-back
    """
    settings = settings_of(context)
    name = run(find_city(settings, tenant))
    clocks = run(clocking.take_back(settings, name) if take_back else clocking.look(settings, name))
    if as_json:
        print_json(
            {
                "tenant": name,
                "here": in_text(clocks.here),
                "redis": in_text(clocks.redis),
                "city": [{"at": in_text(one.at), "basis": one.basis} for one in clocks.city],
                "ahead_s": round(clocks.ahead.total_seconds()),
                "taken_back": take_back,
            }
        )
        return
    out.print(f"  here   {in_text(clocks.here)}\n  Redis  {in_text(clocks.redis)}", highlight=False)
    for one in clocks.city:
        out.print(f"  {name}  {in_text(one.at)} ({one.basis})", highlight=False, markup=False, soft_wrap=True)
    if take_back:
        out.print(f"{name}'s clock was taken back to this machine's time", highlight=False, soft_wrap=True)
    elif clocks.ahead > AHEAD_TOLERANCE:
        out.print(ahead_of_us(name, clocks.ahead), highlight=False, markup=False, soft_wrap=True)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CityFileError(f"cannot read {path}: {error.strerror}") from error


async def _declare(settings: Settings, own: Tenant) -> None:
    await create_topics(settings.kafka, settings.namespace, settings.partitions, settings.replication)
    async with open_producer(settings) as producer:
        await producer.declare(own, ())


async def _get_city(settings: Settings, tenant: str) -> Tenant:
    known = (await read_catalogue(settings.kafka, settings.namespace)).tenants
    if tenant not in known:
        listed = ", ".join(sorted(known)) or "none yet"
        raise UnknownCityError(f"nothing is known of city {tenant!r} (known: {listed}): say it with `city set`")
    return known[tenant]


def _print(tenant: str, city: Tenant, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = msgspec.to_builtins(city)
        print_json({"tenant": tenant, **{name: document.get(name) for name in _SHOWN}})
        return
    view = city.view
    texts = {
        "located": ", ".join(f"{text} ({language})" for language, text in city.located.items()),
        "languages": ", ".join(city.languages),
        "view": f"lon {view.lon}, lat {view.lat}, zoom {view.zoom:g}" if view else "",
        "areas": ", ".join(area.name for area in city.areas),
    }
    out.print(f"[bold]{tenant}[/bold]", highlight=False)
    for name in _SHOWN:
        shown = texts[name] if name in texts else getattr(city, name)
        out.print(f"  {name:12} {escape(shown or '—')}", highlight=False, soft_wrap=True)
