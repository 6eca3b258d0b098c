"""A score for people: how far off, how often, and what the repair list found."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from gateways.words.language import Language
from parking.printable import visible
from parking.scoring import Found, PlaceScore, Shares

WORST = 5


def score_view(
    language: Language, sites: Shares, zones: Shares, places: Sequence[PlaceScore], repairs: Found
) -> RenderableType:
    """Three tables: car parks and streets, the places told of worst, and the repair list against the faults."""
    return Group(_shares(language, sites, zones), _worst(language, places), _repairs(language, repairs))


def _shares(language: Language, sites: Shares, zones: Shares) -> Table:
    columns = ("places", "mean_error", "range", "outside", "far_off", "unknown", "bays_wrong", "bays_unknown")
    table = _table("", *(language.say(f"score.{name}") for name in columns))
    for name, card in (("car_parks", sites), ("streets", zones)):
        shares = (card.wrong_share, card.far_share, card.unknown_share, card.bays_wrong_share, card.bays_unknown_share)
        table.add_row(
            language.say(f"score.{name}"), str(card.places), _number(language, card.mean_error),
            _number(language, card.mean_width), *(_share(language, share) for share in shares),
        )  # fmt: skip
    return table


def _worst(language: Language, places: Sequence[PlaceScore]) -> Table:
    table = _table(*(language.say(f"score.{name}") for name in ("worst", "mean_error", "far_off", "unknown")))
    for score in sorted(places, key=lambda place: -(place.far_s + place.unknown_s))[:WORST]:
        shares = (
            _share(language, part / score.seconds if score.seconds else None) for part in (score.far_s, score.unknown_s)
        )
        table.add_row(escape(visible(score.place_id)), _number(language, score.mean_error), *shares)
    return table


def _repairs(language: Language, found: Found) -> Table:
    table = _table(*(language.say(f"score.{name}") for name in ("repairs", "found", "of")))
    for kind, (right, of) in sorted(found.by_kind.items()):
        table.add_row(escape(visible(kind)), str(right), str(of))
    recall, precision = _share(language, found.recall), _share(language, found.precision)
    table.add_row(language.say("score.recall", share=recall), str(found.right), str(found.injected))
    table.add_row(language.say("score.precision", share=precision), str(found.right), str(found.listed))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _number(language: Language, value: float | None) -> str:
    return "—" if value is None else language.number(value, decimals=2)


def _share(language: Language, value: float | None) -> str:
    return "—" if value is None else language.share(value, decimals=1)
