"""``placelibre desk override``, release, recount, and what came of them: said to a running desk, with a token."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from ops.cities import find_city
from ops.console import AsJson, TenantOption, out, print_json, run, settings_of
from ops.desk_client import DeskClient, DeskSaysNoError, place_path
from ops.ordering import in_a_while
from ops.past import find_clock
from ops.times import understand
from parking.instants import in_text
from parking.words import Audience, Opening, OverrideReason

PlaceArgument = Annotated[str, typer.Argument(metavar="PLACE", help="the place's id", show_default=False)]
Why = Annotated[OverrideReason, typer.Option("--reason", help="why", show_default=False)]
ByOpening = Annotated[Opening | None, typer.Option("--opening", help="who may drive in")]
ForWhom = Annotated[Audience, typer.Option(help="whose number is meant")]
OfSpace = Annotated[str | None, typer.Option("--space", metavar="ID", help="a space out of service; * is all")]
OfDevice = Annotated[str | None, typer.Option("--device", metavar="SOURCE/ID", help="a device that is not believed")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="when it ends: 2026-05-04T14:30 is the city's time")]
For = Annotated[str | None, typer.Option("--for", metavar="WHILE", help="or after how long: 45m, 2h, 3d")]
NoteOption = Annotated[str | None, typer.Option(help="a word more, for whoever reads the record")]


def override(
    context: typer.Context,
    place: PlaceArgument,
    reason: Why,
    opening: ByOpening = None,
    vacant: Annotated[int | None, typer.Option(min=0, help="so many are vacant")] = None,
    unusable: Annotated[bool, typer.Option("--unusable", help="nobody is to use the number")] = False,
    category: ForWhom = Audience.PUBLIC,
    space: OfSpace = None,
    device: OfDevice = None,
    until: Until = None,
    for_: For = None,
    note: NoteOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="also where another override holds")] = False,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Set one thing of a place by hand until a time: its opening, a number, a space, or a device that is ignored.

    Devices go on being listened to; when it ends, or is released, what they say holds again. Who you are is whose
    token PLACELIBRE_DESK_TOKEN is.

    [bold]Examples[/bold]: placelibre desk override CBAR --opening closed --reason incident --for 2h ·
    placelibre desk override CBAR --vacant 12 --reason counting_fault --until 2026-05-04T18:00 ·
    placelibre desk override street-7 --space b12 --reason works --for 3d
    """
    aim = _aim(opening is not None, vacant is not None or unusable, category, space, device)
    said = {"opening": opening, "vacant": vacant, "unusable": unusable or None, "note": note}
    body = aim | {name: value for name, value in said.items() if value is not None}
    desk = DeskClient(settings_of(context))
    known = desk.get(place_path(place, "commands"))[0]
    end = _end(context, tenant, known["now"], until, for_)
    held = _held(known, aim)
    if held is not None and not replace:
        raise DeskSaysNoError(
            f"{held['author']} has set that by hand already ({held['reason']}) until {held['until']}: --replace ends it"
        )
    body |= {"reason": reason.value, "expires_at": in_text(end)}
    tell_command(desk.say("POST", place_path(place, "overrides"), body, _tag(held)), as_json)


def release(
    context: typer.Context,
    place: PlaceArgument,
    opening: Annotated[bool, typer.Option("--opening", help="the opening")] = False,
    number: Annotated[Audience | None, typer.Option("--number", help="the number of these")] = None,
    space: OfSpace = None,
    device: OfDevice = None,
    note: NoteOption = None,
    as_json: AsJson = False,
) -> None:
    """End what holds by hand: devices have the word again.

    [bold]Examples[/bold]: placelibre desk release CBAR --opening · placelibre desk release CBAR --number public
    """
    aim = _aim(opening, number is not None, number or Audience.PUBLIC, space, device)
    desk = DeskClient(settings_of(context))
    if (held := _held(desk.get(place_path(place, "commands"))[0], aim)) is None:
        raise DeskSaysNoError(f"nothing of that is set by hand at {place}: there is nothing to release")
    body = aim | ({"note": note} if note else {})
    tell_command(desk.say("POST", place_path(place, "releases"), body, _tag(held)), as_json)


def recount(
    context: typer.Context,
    place: PlaceArgument,
    vacant: Annotated[int, typer.Argument(min=0, help="how many spaces are vacant, counted by eye")],
    category: ForWhom = Audience.PUBLIC,
    note: NoteOption = None,
    as_json: AsJson = False,
) -> None:
    """Say what somebody has counted just now; counters go on from there.

    [bold]Example[/bold]: placelibre desk recount CBAR 212 --note "walked all levels"
    """
    body = {"vacant": vacant, "category": category.value} | ({"note": note} if note else {})
    tell_command(DeskClient(settings_of(context)).say("POST", place_path(place, "recounts"), body), as_json)


def status(
    context: typer.Context,
    command: Annotated[str, typer.Argument(metavar="COMMAND", help="its id, as the desk printed it")],
    as_json: AsJson = False,
) -> None:
    """Say what came of a command: done or not, and whether it shows in what is published.

    [bold]Example[/bold]: placelibre desk status 0f3c9a57c1d24b6e8f0a1b2c3d4e5f60
    """
    tell_command(DeskClient(settings_of(context)).get(f"commands/{command}")[0], as_json)


def tell_command(said: Any, as_json: bool) -> None:
    """Print what came of a command; exit code 1 where it was refused or failed."""
    if as_json:
        print_json(said)
    else:
        what = f"{said['subject']}  {said['state']}  ({said['id']}, {said['author']})"
        out.print(what, highlight=False, markup=False)
        for name, value in said["told"].items():
            out.print(f"  {escape(name)}: {escape(str(value))}", highlight=False, soft_wrap=True)
        if said["state"] == "open":
            out.print("  it stands in the record and is tried until it is done: `placelibre desk status` says when")
        if said["shows"] is not None:
            out.print(f"  shows in what is published: {'yes' if said['shows'] else 'no'}")
    if said["state"] in ("refused", "failed"):
        raise typer.Exit(1)


def _aim(opening: bool, number: bool, category: Audience, space: str | None, device: str | None) -> dict[str, str]:
    if opening + number + (space is not None) + (device is not None) != 1:
        raise DeskSaysNoError("name one thing: the opening, a number, a --space, or a --device")
    if opening:
        return {"aspect": "opening"}
    if number:
        return {"aspect": "number", "category": category.value}
    if space is not None:
        return {"aspect": "space", "space": space}
    source, _, id_ = (device or "").partition("/")
    if not source or not id_:
        raise DeskSaysNoError("a device is named by its source and its id: --device nantes/CBAR")
    return {"aspect": "device", "source": source, "device": id_}


def _held(known: dict[str, Any], aim: dict[str, str]) -> dict[str, Any] | None:
    """What holds of that thing now."""
    for said in known["commands"]:
        command = said["command"] or {}
        if said["holds"] and all(command.get(name) == value for name, value in aim.items()):
            return dict(said)
    return None


def _tag(held: dict[str, Any] | None) -> str | None:
    return f'"{held["id"]}"' if held else None


def _end(context: typer.Context, tenant: str | None, now: str, until: str | None, for_: str | None) -> datetime:
    if (until is None) is (for_ is None):
        raise DeskSaysNoError("say when it ends, by one of --until 2026-05-04T14:30 and --for 2h")
    if for_ is not None:
        return in_a_while(datetime.fromisoformat(now), for_)
    settings = settings_of(context)
    return understand(until or "", find_clock(settings, run(find_city(settings, tenant))).zone).instant
