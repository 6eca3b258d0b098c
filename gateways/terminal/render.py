"""What the command line shows, as pure functions: documents (JSON) and tables from a snapshot.

Level and opening have a word and a shape, never a colour alone; unknown looks like a question, not like full.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich import box
from rich.table import Table
from rich.text import Text

from gateways.documents import Document, age_s, aged_document
from geo.places import Hit
from parking.published.availability import Availability
from parking.words import Basis, ClockBasis, FillLevel, Opening
from store.reader import PlaceNow, Snapshot

LEVELS = {
    FillLevel.SPACES_AVAILABLE: ("●", "libre/free", "green"),
    FillLevel.ALMOST_FULL: ("◐", "presque/almost", "yellow"),
    FillLevel.FULL: ("■", "complet/full", "red"),
    FillLevel.UNKNOWN: ("?", "inconnu/unknown", "bright_black"),
}
OPENINGS = {
    Opening.OPEN: "ouvert/open",
    Opening.SUBSCRIBERS_ONLY: "abonnés/subscribers",
    Opening.CLOSED: "fermé/closed",
    Opening.CLOSED_ABNORMAL: "anomalie/abnormal",
    Opening.UNKNOWN: "inconnu/unknown",
}
BASES = {
    Basis.COUNTED: "compté/counted",
    Basis.DERIVED: "déduit/derived",
    Basis.EXPECTED: "prévu/expected",
    Basis.VERIFIED: "vérifié/verified",
}
SIMULATED = "simulé/simulated"
WIDE = 112
"""Characters that a table needs to say everything in both languages."""


def snapshot_document(snapshot: Snapshot) -> Document:
    """A whole tenant as plain JSON values."""
    return {
        "tenant": snapshot.tenant,
        "now": snapshot.now.isoformat(),
        "clock": snapshot.basis.value,
        "places": [aged_document(row.place, row.availability, snapshot.now) for row in snapshot.places],
    }


def words_for_age(seconds: int | None) -> str:
    """An age as people say it."""
    if seconds is None:
        return "—"
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 172_800 else f"{timedelta(seconds=seconds).days} j/d"


def level_text(availability: Availability, wide: bool) -> Text:
    """The level as shape, word and colour; for a place that is closed, the opening says it."""
    shape, word, colour = LEVELS[availability.level]
    return Text(f"{shape} {_words(word, wide)}", style=colour)


def vacant_text(availability: Availability, wide: bool) -> str:
    """The number: "40"; "40+" where silent bays may be vacant too; "≈ 40 (38-42)" where it is a sum with an error."""
    vacant, low, high = availability.vacant, availability.vacant_low, availability.vacant_high
    if vacant is None:
        return "?"
    if low is None or high is None or low == high:
        return str(vacant)
    if low == vacant and availability.basis is not Basis.DERIVED:
        return f"{vacant}+"
    return f"≈ {vacant} ({low}-{high})" if wide else f"≈{vacant}"


def _words(both: str, wide: bool) -> str:
    """French and English beside each other; where there is no room, French."""
    return both if wide else both.partition("/")[0]


def snapshot_table(snapshot: Snapshot, title: str, width: int, limit: int | None = None) -> Table:
    """The live table: heard places first, by name. Places never heard are counted in the caption, not hidden."""
    heard = [row for row in snapshot.places if row.availability.observed_at is not None]
    heard.sort(key=lambda row: row.place.name)
    shown = heard if limit is None else heard[:limit]
    table = _table(_caption(snapshot, len(heard), len(shown)), title)
    for row in shown:
        table.add_row(*_cells(row, snapshot.now, width >= WIDE))
    return table


def _table(caption: str, title: str | None = None) -> Table:
    table = Table(title=title, caption=caption, caption_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Parking\ncar park", overflow="ellipsis")  # gives way first, so that numbers never do
    for name, justify in (
        ("Libres\nvacant", "right"),
        ("sur\nof", "right"),
        ("Niveau\nlevel", "left"),
        ("Accès\nopening", "left"),
        ("Âge\nage", "right"),
        ("Base\nbasis", "left"),
    ):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    return table


def _cells(row: PlaceNow, now: datetime, wide: bool) -> Sequence[str | Text]:
    availability = row.availability
    capacity = availability.capacity if availability.capacity is not None else row.place.capacity
    basis = BASES[availability.basis] if availability.basis else "—"
    return (
        Text(row.place.name),
        vacant_text(availability, wide),
        "?" if capacity is None else str(capacity),
        level_text(availability, wide),
        _words(OPENINGS[availability.opening], wide),
        words_for_age(age_s(availability, now)),
        _words(SIMULATED if availability.simulated else basis, wide),
    )


def _caption(snapshot: Snapshot, heard: int, shown: int) -> str:
    clock = "horloge de la relecture · replay clock" if snapshot.basis is ClockBasis.EVENT else "UTC"
    parts = [f"{snapshot.now:%Y-%m-%d %H:%M:%S} {clock}"]
    silent = len(snapshot.places) - heard
    if silent:
        parts.append(f"{silent} jamais entendus · never heard")
    if shown < heard:
        parts.append(f"{heard - shown} de plus · more")
    return "   ".join(parts)


def hits_table(hits: Sequence[Hit], now: datetime, width: int) -> Table:
    """Nearest places with something free, nearest first."""
    table = _table("distance à vol d'oiseau · straight-line distance")
    table.add_column("Distance", justify="right", no_wrap=True, min_width=7)
    for hit in hits:
        name, _, *rest = _cells(PlaceNow(hit.place, hit.availability), now, width >= WIDE)
        table.add_row(name, "?" if hit.vacant is None else str(hit.vacant), *rest, f"{hit.distance_m:.0f} m")
    return table
