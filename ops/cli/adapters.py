"""The sources there are, and how good each is."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ops.console import out, print_json
from parking.words import TimeBasis
from sensors.contract import SourceInfo
from sensors.registry import ADAPTERS, FRAME_ADAPTERS

BEST = 4
_TIMES = {TimeBasis.DEVICE: "appareil", TimeBasis.GATEWAY: "passerelle", TimeBasis.ARRIVAL: "arrivée"}


def adapters(as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False) -> None:
    """All sources: whose they are, what they count, by whose clock, under which licence, and how good they are.

    Quality is 0 to 4, one point for each: times of its own, more than one audience, thresholds, a stated licence.

    [bold]Example[/bold]: placelibre adapters --json
    """
    infos = [ADAPTERS[name].INFO for name in sorted(ADAPTERS)]
    if as_json:
        print_json({"adapters": [_document(info) for info in infos], "quality_at_most": BEST})
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("id", "qualité", "compte", "heure", "seuils", "pour"):
        table.add_column(heading, no_wrap=heading != "pour")
    for info in infos:
        table.add_row(
            info.id,
            "●" * info.quality + "○" * (BEST - info.quality),
            "places une à une" if info.single_spaces else "nombres",
            _TIMES[info.time_basis],
            "oui" if info.has_thresholds else "–",
            f"{escape(info.name)} [dim]({', '.join(info.audiences)}; {escape(info.licence or 'licence ?')})[/dim]",
        )
    out.print(table)
    out.print(
        "[dim]compte · counts, or single spaces; heure · whose clock; seuils · own thresholds; qualité · quality: a "
        "point each for time, several audiences, thresholds, a stated licence[/dim]"
    )


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
        "url": info.url,
        "valid_for_s": info.valid_for_s,
        "poll_every_s": info.poll_every_s,
        "quality": info.quality,
    }
