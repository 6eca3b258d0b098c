"""``placelibre desk edit``, undo, log: the catalogue by hand, and who did what; asked of a running desk."""

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ops.cli.desk_commands import NoteOption, PlaceArgument, tell_command
from ops.console import AsJson, out, print_json, settings_of
from ops.desk_client import DeskClient, DeskSaysNoError, place_path


def edit(
    context: typer.Context,
    place: PlaceArgument,
    fields: Annotated[list[str], typer.Argument(metavar="NAME=VALUE", help="like capacity=420; null empties one")],
    note: NoteOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, change nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Edit a place's entry in the catalogue: capacity, full_at, almost_full_at, name, opening_hours and others.

    [bold]Examples[/bold]: placelibre desk edit CBAR capacity=420 full_at=5 --note "level 3 is shut" ·
    placelibre desk edit CBAR "name=Parking Barbusse" --dry-run
    """
    desk = DeskClient(settings_of(context))
    body: dict[str, Any] = {"fields": dict(map(_read_field, fields))} | ({"note": note} if note else {})
    if dry_run:
        planned = desk.say("POST", place_path(place, "catalogue/preview"), body)
        print_json(planned) if as_json else _print_changes(planned["changes"])
        return
    _, seen = desk.get(place_path(place, "catalogue"))
    done = desk.say("PATCH", place_path(place, "catalogue"), body, seen)
    if not as_json:
        _print_changes(done["changes"])
    tell_command(done, as_json)


def undo(
    context: typer.Context,
    place: PlaceArgument,
    command: Annotated[str, typer.Argument(metavar="EDIT", help="the edit's id, as `desk edit` printed it")],
    note: NoteOption = None,
    as_json: AsJson = False,
) -> None:
    """Take an edit of the catalogue back, by an edit of its own; refused where something was changed again since.

    [bold]Example[/bold]: placelibre desk undo CBAR 0f3c9a57c1d24b6e8f0a1b2c3d4e5f60
    """
    desk = DeskClient(settings_of(context))
    _, seen = desk.get(place_path(place, "catalogue"))
    body = {"undoes": command} | ({"note": note} if note else {})
    tell_command(desk.say("POST", place_path(place, "catalogue/undo"), body, seen), as_json)


def log(
    context: typer.Context,
    author: Annotated[str | None, typer.Option(help="of one person or system")] = None,
    place: Annotated[str | None, typer.Option(help="about one place")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="with its zone; default: a day ago")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="at most so many")] = 50,
    as_json: AsJson = False,
) -> None:
    """List who did what at the desk, the newest first.

    [bold]Examples[/bold]: placelibre desk log --place CBAR ·
    placelibre desk log --author dispatch --since 2026-05-01T00:00:00Z --json
    """
    about = f"place:{place}/" if place else None
    asked = {"author": author, "subject": about, "since": since, "limit": str(limit)}
    found, _ = DeskClient(settings_of(context)).get("audit", **{n: v for n, v in asked.items() if v is not None})
    if as_json:
        print_json(found)
        return
    table = Table("when", "who", "what", "subject", "why", "state", "id")
    for entry in found["entries"]:
        said = entry["decision"]
        cells = (said["decided_at"], said.get("author"), said["rule"], said["subject"], said.get("reason"),
                 entry["state"], said["id"])  # fmt: skip
        table.add_row(*(escape(str(cell or "")) for cell in cells))
    out.print(table)


def _read_field(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise DeskSaysNoError(f"{text!r:.60} is no NAME=VALUE, like capacity=420")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _print_changes(changes: list[dict[str, Any]]) -> None:
    for change in changes:
        for name, field in change.get("fields", {}).items():
            told = f"{change['place']} {name}: {field['before']} → {field['after']}"
            out.print(escape(told), highlight=False, soft_wrap=True)
