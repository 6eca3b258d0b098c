"""The whole desk as it was at an instant, framed so that nobody takes it for now."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from gateways.desk.pages.frame import DeskReader, text
from gateways.desk.pages.parts import Markup, query_field, table, told, trouble
from gateways.desk.then import ThenKnown
from parking.decisions.acting import DecisionNow
from parking.health.alarms.model import DeskAlarm
from parking.published.availability import Availability
from parking.words import FillLevel
from store.snapshots import PlaceNow

_Row = tuple[Any, ...]


def then_body(then: ThenKnown | None, asked: str, why: str | None, reader: DeskReader) -> str:
    """The page's body; ``why`` says why there is nothing, where somebody has asked for a time."""
    form = _form(asked, reader)
    if then is None:
        return form + trouble(why)
    banner = _banner(then, reader)
    parts = [table(reader, *_places(then, reader))]
    if then.decided is None:
        parts.append(Markup(text(reader.language.say("desk_past.no_decisions", trouble=then.trouble or ""))))
    else:
        parts += [table(reader, *_alarms(then, reader)), table(reader, *_decided(then, reader))]
    sections = "".join(f"<section>{part}</section>" for part in parts)
    return f'{form}<div class="then">{banner}{sections}</div>'


def _form(asked: str, reader: DeskReader) -> str:
    say = reader.language.say
    return (
        '<form class="order no-print" method="get" action="/past">'
        f"{query_field(say('desk_books_past.time'), 'time', asked, 'datetime-local', ' required')}"
        f"<button>{text(say('desk_books.show'))}</button></form>"
    )


def _banner(then: ThenKnown, reader: DeskReader) -> str:
    """Sticks to the top of what is past, and says so in words."""
    say = reader.language.say
    label = say("desk_past.label", time=then.clock.tell(reader.language, then.at))
    reach = say("desk_books_past.reach", first=told(reader, then.first), last=told(reader, then.last))
    return (
        f'<div class="past" role="note"><p><strong>{text(label)}</strong></p><p>{text(reach)} '
        f'<a href="/">{text(say("desk_books_past.back"))}</a></p></div>'
    )


def _places(then: ThenKnown, reader: DeskReader) -> tuple[str, list[str], Iterator[_Row]]:
    say = reader.language.say
    heads = [say(f"desk_head.{name}") for name in ("place", "vacant", "capacity", "opening", "at", "why")]
    rows = sorted(then.rows, key=lambda row: (_is_known(row.availability), row.place.name, row.place.id))
    return say("desk_books_past.places"), heads, (_place(row, reader) for row in rows)


def _is_known(seen: Availability) -> bool:
    bounds = (seen.vacant, seen.vacant_low, seen.vacant_high)
    return seen.level is not FillLevel.UNKNOWN or any(bound is not None for bound in bounds)


def _place(row: PlaceNow, reader: DeskReader) -> _Row:
    seen, word = row.availability, reader.language.word
    capacity = seen.capacity if seen.capacity is not None else row.place.capacity
    faults = " · ".join(map(word, seen.faults))
    why = " · ".join(filter(None, (word(seen.basis) if seen.basis else "", faults)))
    return (row.place.name, _number(seen, reader), capacity, word(seen.opening), told(reader, seen.observed_at), why)


def _number(seen: Availability, reader: DeskReader) -> int | str:
    """The number, its bounds, or a question mark; a level where that is all there is."""
    number = reader.language.number
    if seen.vacant is not None:
        return seen.vacant
    if seen.vacant_low is not None and seen.vacant_high is not None:
        return f"{number(seen.vacant_low)}–{number(seen.vacant_high)}"
    if seen.vacant_low is not None:
        return f"{number(seen.vacant_low)}+"
    return "?" if seen.level is FillLevel.UNKNOWN else reader.language.word(seen.level)


def _alarms(then: ThenKnown, reader: DeskReader) -> tuple[str, list[str], Iterator[_Row]]:
    assert then.decided is not None
    heads = [reader.language.say(f"desk_head.{name}") for name in ("alarm", "state", "since", "owner")]
    return reader.language.say("desk.alarms"), heads, (_alarm(one, then.at, reader) for one in then.decided.alarms)


def _alarm(alarm: DeskAlarm, at: datetime, reader: DeskReader) -> _Row:
    condition, word = alarm.word.condition, reader.language.word
    what = f"{word(condition.kind)} · {condition.name}"
    return (what, word(alarm.state(at)), told(reader, condition.since or alarm.word.raised_at), alarm.handling.owner)


def _decided(then: ThenKnown, reader: DeskReader) -> tuple[str, list[str], Iterator[_Row]]:
    assert then.decided is not None
    known = [line.known for line in then.decided.lines] + [order.known for order in then.decided.sign_orders]
    heads = [reader.language.say(f"desk_past.{name}") for name in ("subject", "said", "author", "since")]
    rows = (_said(one, reader) for one in [*then.decided.places, *known])
    return reader.language.say("desk_past.decided"), heads, rows


def _said(known: DecisionNow, reader: DeskReader) -> _Row:
    said = known.decision
    what = str(said.output.get("text", said.reason or ""))
    return (said.subject, what, said.author, told(reader, said.decided_at))
