"""The whole desk as it was at an instant, as a document that nobody can mistake for now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from gateways.desk.watching.book import BookEntry
from gateways.desk.watching.documents import alarm_document
from gateways.documents import Document
from gateways.words.city_clock import CityClock
from gateways.words.language import get_language
from parking.decisions.acting import DecisionNow
from parking.desk.then import DecidedThen, LineThen, SignOrderThen
from parking.instants import in_text
from store.snapshots import PlaceNow


class ThenKnown(NamedTuple):
    """What the history says of an instant.

    ``rows`` are the places, ``places`` their documents as ``placelibre at`` has them. ``decided`` is None where no
    decisions are kept: ``trouble`` says why. ``first``, ``last`` and ``decided_until`` are how far the histories reach.
    """

    tenant: str
    at: datetime
    is_assumed: bool
    clock: CityClock
    first: datetime
    last: datetime
    rows: list[PlaceNow]
    places: list[Document]
    decided: DecidedThen | None
    decided_until: datetime | None = None
    trouble: str | None = None


def then_document(then: ThenKnown) -> Document:
    """The desk at ``at``. ``label`` says it in words for people, French first. What is not known is null."""
    decided = then.decided
    return {
        "tenant": then.tenant,
        "at": in_text(then.at),
        "understood": then.at.astimezone(then.clock.zone).isoformat(),
        "zone": then.clock.zone.key,
        "zone_assumed": then.is_assumed,
        "is_past": True,
        "label": {code: _label(then, code) for code in ("fr", "en")},
        "history": {"first": in_text(then.first), "last": in_text(then.last)},
        "decisions": {
            "is_kept": decided is not None,
            "until": then.decided_until and in_text(then.decided_until),
            "trouble": then.trouble,
        },
        "places": then.places,
        "set_by_hand": None if decided is None else [_said(known) for known in decided.places],
        "alarms": None if decided is None else [alarm_document(BookEntry(alarm), then.at) for alarm in decided.alarms],
        "signs": None if decided is None else _signs(decided.lines),
        "sign_overrides": None if decided is None else [_order(order) for order in decided.sign_orders],
    }


def _label(then: ThenKnown, code: str) -> str:
    language = get_language(code)
    return language.say("desk_past.label", time=then.clock.tell(language, then.at))


def _said(known: DecisionNow) -> Document:
    decision = known.decision
    return {
        "subject": decision.subject,
        "decision": decision.id,
        "author": decision.author,
        "reason": decision.reason,
        "output": decision.output,
        "decided_at": in_text(decision.decided_at),
        "until": in_text(decision.valid_until),
        "state": known.state,
    }


def _signs(lines: Sequence[LineThen]) -> list[Document]:
    signs: dict[str, list[Document]] = {}
    for line in lines:
        decision, said = line.known.decision, line.known.decision.output
        shown: dict[str, Any] = {name: said.get(name) for name in ("state", "text", "legend", "value", "arrow")}
        signs.setdefault(line.sign, []).append({
            "line": line.number, **shown, "because": said.get("because"), "decision": decision.id,
            "decided_at": in_text(decision.decided_at), "until": in_text(decision.valid_until),
            "confirmed": line.known.state, "is_shown": line.is_shown,
        })  # fmt: skip
    return [{"sign": name, "lines": lines} for name, lines in signs.items()]


def _order(order: SignOrderThen) -> Document:
    return {"sign": order.sign, "override": msgspec.to_builtins(order.override, str_keys=True), **_said(order.known)}
