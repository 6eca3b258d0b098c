"""The sources there are, and how good each is."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ops.console import out, print_json
from sensors.contract import SourceInfo
from sensors.registry import ADAPTERS, FRAME_ADAPTERS

BEST = 4


def adapters(as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False) -> None:
    """All sources: whose they are, what they count, by whose clock, under which licence, and how good they are.

    Quality is 0 to 4, one point for each: times of its own, more than one audience, thresholds, a stated licence.

    [bold]Example[/bold]: placelibre adapters --json
    """
    infos = [ADAPTERS[name].INFO for name in sorted(ADAPTERS)]
    if as_json:
        print_json({"adapters": [_document(info) for info in infos], "quality_at_most": BEST})
        return
    table = Table("id", "nom · name", "ville · city", "compte · counts", "heure · time", "pour · for", "seuils",
                  "licence", "qualité")  # fmt: skip
    for info in infos:
        table.add_row(
            info.id,
            escape(info.name),
            info.tenant,
            _counts(info).replace("_", " "),
            info.time_basis,
            " ".join(info.audiences),
            "oui · yes" if info.has_thresholds else "–",
            escape(info.licence or "–"),
            "●" * info.quality + "○" * (BEST - info.quality),
        )
    table.caption = "seuils · thresholds; qualité · quality: a point each for time, audiences, thresholds, licence"
    out.print(table)


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
