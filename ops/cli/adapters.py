"""The sources there are, and how good each is."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ops.console import out, print_json, settings_of
from sensors.contract import SourceInfo
from sensors.registry import ADAPTERS, FRAME_ADAPTERS

BEST = 4


def adapters(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False
) -> None:
    """List all sources: whose they are, what they count, by whose clock, under which licence, and how good they are.

    Quality is 0 to 4, one point for each: it states its own times, tells for whom a space is, says from which number on
    it counts as full, and has a stated licence.

    [bold]Example[/bold]: placelibre adapters --json
    """
    infos = [ADAPTERS[name].INFO for name in sorted(ADAPTERS)]
    if as_json:
        print_json({"adapters": [_document(info) for info in infos], "quality_at_most": BEST})
        return
    language = settings_of(context).language
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("source", "quality", "tells", "clock", "thresholds", "about"):
        table.add_column(language.say(f"adapters.{heading}"), no_wrap=heading != "about", overflow="fold")
    for info in infos:
        table.add_row(
            info.id,
            "●" * info.quality + "○" * (BEST - info.quality),
            language.say(f"adapters.{_counts(info)}"),
            language.word(info.time_basis),
            language.say("adapters.yes") if info.has_thresholds else "–",
            f"{escape(info.name)} [dim]({', '.join(info.audiences)}; "
            f"{escape(info.licence or language.say('adapters.no_licence', whom=info.licence_by))})[/dim]",
        )
    out.print(table)
    out.print(f"[dim]{language.say('adapters.explanation')}[/dim]")


def _counts(info: SourceInfo) -> str:
    return "single_spaces" if info.single_spaces else "counts"


def _document(info: SourceInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "name": info.name,
        "tenant": info.tenant,
        "tells": _counts(info),
        "lorawan": info.id in FRAME_ADAPTERS,
        "zone": info.zone,
        "time_basis": info.time_basis,
        "audiences": list(info.audiences),
        "has_thresholds": info.has_thresholds,
        "licence": info.licence,
        "licence_by": info.licence_by,
        "url": info.url,
        "valid_for_s": info.valid_for_s,
        "poll_every_s": info.poll_every_s,
        "quality": info.quality,
    }
