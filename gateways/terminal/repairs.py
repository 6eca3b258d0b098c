"""The repair list as a document and as a table: what to look at first, and why."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.table import Table

from gateways.terminal.render import words_for_age
from gateways.words.city_clock import CityClock
from gateways.words.language import Language
from parking.health.repairs import Finding
from parking.instants import in_text
from parking.words import Problem


def repairs_document(found: Sequence[Finding], now: datetime, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Findings in their order as plain JSON values; ``since`` and ``heard_at`` are null where nobody knows."""
    return [
        {
            "rank": rank,
            "place_id": one.place_id,
            "place": names.get(one.place_id),
            "source": one.source,
            "device_id": one.device_id,
            "slot": one.slot,
            "problem": one.problem.value,
            "certainty": one.certainty,
            "urgency": round(one.urgency, 3),
            "weight": one.weight,
            "since": one.since and in_text(one.since),
            "heard_at": one.heard_at and in_text(one.heard_at),
            "silent_s": None if one.heard_at is None else max(0, round((now - one.heard_at).total_seconds())),
            "seen_at": in_text(one.seen_at),
            "battery_v": one.battery_v,
            "beside": one.beside,
        }
        for rank, one in enumerate(found, start=1)
    ]


def repairs_table(
    language: Language, clock: CityClock, found: Sequence[Finding], now: datetime, names: Mapping[str, str], limit: int
) -> Table:
    """The first ``limit`` findings for people."""
    as_of = max((one.seen_at for one in found), default=now)
    caption = language.say("devices.to_look_at", count=len(found), time=clock.tell(language, as_of))
    if len(found) > limit:
        caption += "   " + language.say("devices.more", count=len(found) - limit)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=caption, caption_justify="left")
    for name in ("place", "device", "problem"):
        table.add_column(language.say(f"devices.{name}"))
    for name in ("since", "certainty", "weight"):
        table.add_column(language.say(f"devices.{name}"), justify="right")
    for one in found[:limit]:
        since = None if one.since is None else max(0, round((now - one.since).total_seconds()))
        where = names.get(one.place_id, one.place_id) + ("" if one.slot is None else f" / {one.slot + 1}")
        table.add_row(
            where, f"{one.source}\n{one.device_id}", language.word(one.problem), words_for_age(language, since),
            language.share(one.certainty), str(one.weight),
        )  # fmt: skip
    return table


def count_problems(found: Iterable[Finding]) -> dict[Problem, int]:
    """How many findings there are of each kind, the commonest first."""
    counts: dict[Problem, int] = {}
    for one in found:
        counts[one.problem] = counts.get(one.problem, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))
