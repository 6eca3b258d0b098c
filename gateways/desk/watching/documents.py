"""Alarms as plain JSON values, for pages, the command line and other systems."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gateways.desk.watching.book import BookEntry
from gateways.words.alarms import alarm_answer, alarm_title
from gateways.words.language import get_language
from parking.health.alarms.handling import SetAside
from parking.health.alarms.model import AlarmState
from parking.instants import in_text
from parking.printable import visible

_SPOKEN = (get_language("fr"), get_language("en"))
_MANY = 500
"""Places and devices that are listed; ``place_count`` and ``device_count`` are of all."""


def alarm_document(entry: BookEntry, now: datetime) -> dict[str, Any]:
    """All that is known of an alarm: what, of what, since when, whom it hits, who is on it."""
    alarm, word = entry.alarm, entry.alarm.word
    condition, said = word.condition, alarm.handling
    moment = entry.moment(now)
    seen = said.acknowledged if alarm.is_acknowledged else None
    return {
        "id": alarm.id,
        "tag": entry.tag,
        "kind": condition.kind.value,
        "cause": visible(condition.cause),
        "name": visible(condition.name),
        "title": {one.code: visible(alarm_title(one, condition)) for one in _SPOKEN},
        "answer": {one.code: alarm_answer(one, condition.kind) for one in _SPOKEN},
        "state": entry.state(now).value,
        "urgency": alarm.urgency.value,
        "phase": word.phase.value,
        "since": _at(condition.since),
        "raised_at": _at(word.raised_at),
        "returned_at": _at(word.returned_at),
        "places": list(condition.places[:_MANY]),
        "place_count": len(condition.places),
        "signs": list(condition.signs[:_MANY]),
        "devices": list(condition.devices[:_MANY]),
        "device_count": len(condition.devices),
        "spaces": condition.spaces,
        "unsized_places": condition.unsized,
        "certainty": condition.certainty,
        "stake": round(condition.stake, 1),
        "detail": {name: visible(text) for name, text in condition.detail.items()},
        "beneath": list(word.beneath),
        "under": entry.under,
        "owner": said.owner,
        "acknowledged": {"by": seen.author, "at": in_text(seen.at)} if seen else None,
        "shelved": _aside(said.shelved) if said.is_shelved(moment) else None,
        "out_of_service": _aside(said.out_of_service) if said.is_out_of_service(moment) else None,
        "notes": [{"by": note.author, "at": in_text(note.at), "text": note.text} for note in said.notes],
        "is_recorded": entry.is_recorded,
    }


def counts_document(entries: Iterable[BookEntry], now: datetime) -> dict[str, int]:
    """How many there are in each state but normal; what another alarm explains is not counted beside it."""
    counts = Counter(entry.state(now) for entry in entries if entry.is_listed(now))
    return {state.value: counts[state] for state in AlarmState if state is not AlarmState.NORMAL}


def _aside(said: SetAside | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {"by": said.author, "at": in_text(said.at), "until": in_text(said.until), "reason": said.reason.value,
            "note": said.note}  # fmt: skip


def _at(instant: datetime | None) -> str | None:
    return in_text(instant) if instant else None
