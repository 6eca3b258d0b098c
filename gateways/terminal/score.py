"""A score for people: how far off, how often, and what the repair list found."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

from parking.scoring import Found, PlaceScore, Shares

WORST = 5


def score_view(sites: Shares, zones: Shares, places: Sequence[PlaceScore], repairs: Found) -> RenderableType:
    """Three tables: car parks and streets, the places told of worst, and the repair list against the faults."""
    return Group(_shares(sites, zones), _worst(places), _repairs(repairs))


def _shares(sites: Shares, zones: Shares) -> Table:
    table = _table(
        "", "Lieux\nplaces", "Écart moyen\nmean error", "Largeur\nrange", "Hors plage\noutside range",
        "Loin du vrai\nfar off", "Inconnu\nunknown", "Capteurs faux\nbays wrong", "inconnus\nunknown",
    )  # fmt: skip
    for name, one in (("parkings · car parks", sites), ("rues · streets", zones)):
        table.add_row(
            name, str(one.places), _number(one.mean_error), _number(one.mean_width), _share(one.wrong_share),
            _share(one.far_share), _share(one.unknown_share), _share(one.bays_wrong_share),
            _share(one.bays_unknown_share),
        )  # fmt: skip
    return table


def _worst(places: Sequence[PlaceScore]) -> Table:
    table = _table("Les moins bons · worst", "Écart moyen\nmean error", "Loin du vrai\nfar off", "Inconnu\nunknown")
    for one in sorted(places, key=lambda place: -(place.far_s + place.unknown_s))[:WORST]:
        shares = (_share(part / one.seconds if one.seconds else None) for part in (one.far_s, one.unknown_s))
        table.add_row(one.place_id, _number(one.mean_error), *shares)
    return table


def _repairs(found: Found) -> Table:
    table = _table("Liste de réparation · repair list", "trouvés\nfound", "sur\nof")
    for kind, (right, of) in sorted(found.by_kind.items()):
        table.add_row(kind, str(right), str(of))
    table.add_row(f"rappel · recall {_share(found.recall)}", str(found.right), str(found.injected))
    table.add_row(f"précision · precision {_share(found.precision)}", str(found.right), str(found.listed))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"
