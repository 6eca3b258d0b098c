"""What the command line shows, as pure functions: documents (JSON) and tables from a snapshot.

Level and opening have a word and a shape, never a colour alone; unknown looks like a question, not like full.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rich import box
from rich.table import Table
from rich.text import Text

from gateways.documents import Document, age_s, aged_document
from gateways.words.city_clock import clock_of
from gateways.words.language import Language
from parking.instants import in_text
from parking.printable import visible
from parking.published.availability import Availability
from parking.words import Basis, ClockBasis, FillLevel
from store.snapshots import PlaceNow, Snapshot

LEVELS = {
    FillLevel.SPACES_AVAILABLE: ("●", "green"),
    FillLevel.ALMOST_FULL: ("◐", "yellow"),
    FillLevel.FULL: ("■", "red"),
    FillLevel.UNKNOWN: ("?", "bright_black"),
}
WIDE = 100
"""Characters that a table needs for intervals, and for levels and openings in full."""


def snapshot_document(snapshot: Snapshot) -> Document:
    """A whole tenant as plain JSON values."""
    return {
        "tenant": snapshot.tenant,
        "now": in_text(snapshot.now),
        "clock": snapshot.basis.value,
        "places": [aged_document(row.place, row.availability, snapshot.now) for row in snapshot.places],
    }


def words_for_age(language: Language, seconds: int | None) -> str:
    """An age as people say it."""
    if seconds is None:
        return "—"
    if seconds < 120:
        return language.say("age.seconds", count=seconds)
    if seconds < 7200:
        return language.say("age.minutes", count=seconds // 60)
    if seconds < 172_800:
        return language.say("age.hours", count=seconds // 3600)
    return language.say("age.days", count=seconds // 86_400)


def vacant_text(availability: Availability, wide: bool) -> str:
    """The number: "40"; "40+" where silent bays may be vacant too; "≈ 40 (38-42)" where it is a sum with an error.

    Where a source says no number: "0-9" or "≥ 50" by its bounds.
    """
    vacant, low, high = availability.vacant, availability.vacant_low, availability.vacant_high
    if vacant is None:
        return "?" if low is None else f"≥ {low}" if high is None else f"{low}-{high}"
    if low is None or high is None or low == high:
        return str(vacant)
    if low == vacant and availability.basis is not Basis.DERIVED:
        return f"{vacant}+"
    return f"≈ {vacant} ({low}-{high})" if wide else f"≈{vacant}"


def snapshot_table(language: Language, snapshot: Snapshot, title: str, width: int, limit: int | None = None) -> Table:
    """The live table: heard places first, by name. Places never heard are counted in the caption, not hidden."""
    heard = [row for row in snapshot.places if row.availability.observed_at is not None]
    heard.sort(key=lambda row: row.place.name)
    shown = heard if limit is None else heard[:limit]
    table = _table(language, _caption(language, snapshot, len(heard), len(shown)), title)
    for row in shown:
        table.add_row(*_cells(language, row, snapshot.now, width >= WIDE))
    return table


def _table(language: Language, caption: str, title: str | None = None) -> Table:
    table = Table(title=title, caption=caption, caption_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(language.say("column.place"), overflow="ellipsis")  # gives way first, so that numbers never do
    table.add_column(language.say("column.vacant"), justify="right", no_wrap=True)
    table.add_column(language.say("column.capacity", "short"), justify="right", no_wrap=True)
    table.add_column(language.say("column.level"), no_wrap=True)
    table.add_column(language.say("column.opening"), no_wrap=True)
    table.add_column(language.say("column.age"), justify="right", no_wrap=True)
    table.add_column(language.say("column.basis"), no_wrap=True)
    return table


def _cells(language: Language, row: PlaceNow, now: datetime, wide: bool) -> Sequence[str | Text]:
    availability, form = row.availability, "long" if wide else "short"
    capacity = availability.capacity if availability.capacity is not None else row.place.capacity
    shape, colour = LEVELS[availability.level]
    basis = language.word(availability.basis, "short") if availability.basis else "—"
    return (
        Text(visible(row.place.name)),
        vacant_text(availability, wide),
        "?" if capacity is None else str(capacity),
        Text(f"{shape} {language.word(availability.level, form)}", style=colour),
        language.word(availability.opening, form),
        words_for_age(language, age_s(availability, now)),
        language.say("simulated", "short") if availability.simulated else basis,
    )


def _caption(language: Language, snapshot: Snapshot, heard: int, shown: int) -> str:
    now = clock_of(snapshot.tenant, snapshot.city).tell(language, snapshot.now)
    parts = [now if snapshot.basis is ClockBasis.WALL else f"{now}, {language.word(snapshot.basis)}"]
    silent = len(snapshot.places) - heard
    if silent:
        parts.append(language.say("count.never_heard", count=silent))
    if shown < heard:
        parts.append(language.say("count.more", count=heard - shown))
    return "   ".join(parts)


class NearbyPlace(NamedTuple):
    """A place that was found: how many spaces it has for who asks (None: unknown), and metres in a straight line."""

    row: PlaceNow
    vacant: int | None
    distance_m: float


def nearby_table(language: Language, found: Sequence[NearbyPlace], now: datetime, width: int) -> Table:
    """Nearest places with something free, nearest first."""
    table = _table(language, language.say("straight_line"))
    table.add_column(language.say("column.distance"), justify="right", no_wrap=True, min_width=7)
    for near in found:
        name, _, *rest = _cells(language, near.row, now, width >= WIDE)
        table.add_row(name, "?" if near.vacant is None else str(near.vacant), *rest, f"{near.distance_m:.0f} m")
    return table
