"""The repair list as a document and as a table: what to look at first, and why."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from gateways.terminal.render import words_for_age
from gateways.words.city_clock import CityClock
from gateways.words.language import Language
from parking.health.repairs import Finding
from parking.instants import in_text
from parking.printable import visible
from parking.words import Problem


def repairs_document(found: Sequence[Finding], now: datetime, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Findings in their order as plain JSON values; ``since`` and ``heard_at`` are null where nobody knows."""
    return [
        {
            "rank": rank,
            "place_id": finding.place_id,
            "place": names.get(finding.place_id),
            "source": finding.source,
            "device_id": finding.device_id,
            "slot": finding.slot,
            "problem": finding.problem.value,
            "certainty": finding.certainty,
            "urgency": round(finding.urgency, 3),
            "weight": finding.weight,
            "since": finding.since and in_text(finding.since),
            "heard_at": finding.heard_at and in_text(finding.heard_at),
            "silent_s": None if finding.heard_at is None else max(0, round((now - finding.heard_at).total_seconds())),
            "seen_at": in_text(finding.seen_at),
            "battery_v": finding.battery_v,
            "beside": finding.beside,
        }
        for rank, finding in enumerate(found, start=1)
    ]


def repairs_table(
    language: Language, clock: CityClock, found: Sequence[Finding], now: datetime, names: Mapping[str, str], limit: int
) -> Table:
    """The first ``limit`` findings for people."""
    as_of = max((finding.seen_at for finding in found), default=now)
    caption = language.say("devices.to_look_at", count=len(found), time=clock.tell(language, as_of))
    if len(found) > limit:
        caption += "   " + language.say("devices.more", count=len(found) - limit)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=caption, caption_justify="left")
    for name in ("place", "device", "problem"):
        table.add_column(language.say(f"devices.{name}"))
    for name in ("since", "certainty", "weight"):
        table.add_column(language.say(f"devices.{name}"), justify="right")
    for finding in found[:limit]:
        since = None if finding.since is None else max(0, round((now - finding.since).total_seconds()))
        where = names.get(finding.place_id, finding.place_id) + (
            "" if finding.slot is None else f" / {finding.slot + 1}"
        )
        table.add_row(
            _safe(where), f"{_safe(finding.source)}\n{_safe(finding.device_id)}", language.word(finding.problem),
            words_for_age(language, since),
            language.share(finding.certainty), str(finding.weight),
        )  # fmt: skip
    return table


def _safe(text: str) -> str:
    return escape(visible(text))


def count_problems(found: Iterable[Finding]) -> dict[Problem, int]:
    """How many findings there are of each kind, the commonest first."""
    counts: dict[Problem, int] = {}
    for finding in found:
        counts[finding.problem] = counts.get(finding.problem, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))
