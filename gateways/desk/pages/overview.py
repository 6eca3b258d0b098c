"""The overview: one line, alarms, and the places that somebody should look at first. Pieces that are sent alone, too.

Each row has an id and a version, so that a page exchanges what has changed and leaves alone where somebody is typing.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from gateways.desk.pages.forms import choice, line_input, post_form, time_input
from gateways.desk.pages.frame import DeskReader, place_path, text
from gateways.desk.pages.ranking import CityLine, Concern, PlaceStanding, capacity_of
from gateways.desk.watching.book import BookEntry
from gateways.words.alarms import alarm_answer, alarm_title
from gateways.words.city_clock import CityClock
from gateways.words.language import Language
from parking.health.alarms.handling import ShelfReason
from parking.health.alarms.model import AlarmState
from parking.published.availability import Availability
from parking.words import Basis, FillLevel, Opening

SHOWN_WORST = 40
"""So many places are on the overview; all of them are on a page of their own."""

_MARKS = {
    AlarmState.UNACKNOWLEDGED: "▲", AlarmState.ACKNOWLEDGED: "●", AlarmState.RETURNED_UNACKNOWLEDGED: "△",
    AlarmState.SHELVED: "◫", AlarmState.OUT_OF_SERVICE: "⊘",
}  # fmt: skip
_CONCERNS = {
    Concern.UNKNOWN: ("?", "unknown"), Concern.DOUBTFUL: ("≈", "doubtful"), Concern.BY_HAND: ("✎", "by_hand"),
    Concern.NEVER: ("–", "never"), Concern.SHUT: ("□", "shut"), Concern.WELL: ("✓", "well"),
}  # fmt: skip


def line_piece(line: CityLine, alarms: int, late: int, language: Language, clock: CityClock) -> str:
    """How the city stands, in one line of counts."""
    oldest = language.hour(line.oldest, clock.zone) if line.oldest else "–"
    parts = [
        _count("known", line.known, language),
        _count("unknown", line.unknown, language, is_amiss=line.unknown > 0),
        _count("shut", line.shut, language),
        _count("by_hand", line.by_hand, language),
        f"<li><b>{text(oldest)}</b> {text(language.say('desk_line.oldest'))}</li>",
        _count("late", late, language, is_amiss=late > 0),
        _count("signs_dark", line.signs_dark, language),
        _count("signs_amiss", line.signs_amiss, language, is_amiss=line.signs_amiss > 0),
        _count("alarms", alarms, language, is_amiss=alarms > 0),
    ]
    return f'<ul class="line">{"".join(parts)}</ul>'


def _count(name: str, count: int, language: Language, *, is_amiss: bool = False) -> str:
    mark, number = ' class="amiss"' if is_amiss else "", language.number(count)
    words = text(language.say(f"desk_line.{name}", count=count)).replace(number, f"<b>{number}</b>", 1)
    return f"<li{mark}>{words}</li>"


def alarm_rows(entries: Iterable[BookEntry], now: datetime, reader: DeskReader) -> str:
    """The body of the table of alarms, the most pressing first."""
    rows = [alarm_row(entry, now, reader.language, reader.clock) for entry in entries]
    return "".join(rows) or f'<tr id="no-alarm"><td colspan="6">{text(reader.language.say("desk.no_alarm"))}</td></tr>'


def alarm_row(entry: BookEntry, now: datetime, language: Language, clock: CityClock) -> str:
    """One alarm: what, since when, whom it hits, who is on it, and what can be said to it."""
    alarm, say = entry.alarm, language.say
    word, said, state = alarm.word, alarm.handling, entry.state(now)
    condition = word.condition
    since = language.hour(condition.since, clock.zone) if condition.since else "–"
    hit = [say("desk.alarm.places", count=len(condition.places))] if condition.places else []
    hit += [say("desk.alarm.spaces", count=condition.spaces)] if condition.spaces else []
    hit += [say("desk.alarm.signs", count=len(condition.signs))] if condition.signs else []
    where = "".join(f'<a href="/places/{place_path(place)}">{text(place)}</a> ' for place in condition.places[:12])
    notes = "".join(f"<li>{text(note.author)} : {text(note.text)}</li>" for note in said.notes[-3:])
    aside = (
        said.shelved
        if state is AlarmState.SHELVED
        else said.out_of_service
        if state is AlarmState.OUT_OF_SERVICE
        else None
    )
    until = say("desk.alarm.until", time=language.moment(aside.until, clock.zone), by=aside.author) if aside else ""
    inside = (
        f'<td class="state"><span class="mark" aria-hidden="true">{_MARKS.get(state, "")}</span> '
        f"{text(language.word(state))}{_soft(until)}</td>"
        f'<th scope="row">{text(alarm_title(language, condition))}{_soft(alarm_answer(language, condition.kind))}'
        f"{_soft(where, is_html=True)}{f'<ul class=notes>{notes}</ul>' if notes else ''}</th>"
        f"<td>{text(since)}</td><td>{text(' · '.join(hit))}</td><td>{text(said.owner or '–')}</td>"
        f"<td>{_acts(entry, state, language)}</td>"
    )
    return _row(f"alarm-{alarm.id}", inside, state.value, f'data-tag="{entry.tag}"')


def _acts(entry: BookEntry, state: AlarmState, language: Language) -> str:
    """What can be said to it; each a form of its own, so that nothing typed is lost by what others do."""
    base, say = f"/v1/desk/alarms/{entry.alarm.id}", language.say
    acts = []
    if state in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED):
        acts.append(post_form(f"{base}/acknowledge", say("desk.act.acknowledge")))
    acts.append(post_form(f"{base}/own", say("desk.act.own")))
    if state is AlarmState.SHELVED:
        acts.append(post_form(f"{base}/unshelve", say("desk.act.unshelve")))
    reasons = [(one.value, language.word(one)) for one in ShelfReason]
    shelf = (
        time_input(say("desk.act.until"), "until"),
        choice(say("desk.act.reason"), "reason", reasons),
        line_input(say("desk.act.note"), "note", 400),
    )
    note = line_input(say("desk.act.note"), "text", 400, is_needed=True)
    acts.append(
        f"<details><summary>{text(say('desk.act.more'))}</summary>"
        f"{post_form(f'{base}/shelve', say('desk.act.shelve'), *shelf)}"
        f"{post_form(f'{base}/note', say('desk.act.write'), note)}</details>"
    )
    return f'<div class="acts">{"".join(acts)}</div>'


def place_rows(standings: Iterable[PlaceStanding], reader: DeskReader) -> str:
    """The body of a table of places, in the order given."""
    return "".join(place_row(one, reader.language, reader.clock) for one in standings)


def place_row(standing: PlaceStanding, language: Language, clock: CityClock) -> str:
    """One place: what is said of it, of when that is, and why no more."""
    place, seen, concern = standing
    say, (mark, name) = language.say, _CONCERNS[concern]
    number = tell_number(seen, language)
    size = language.number(capacity_of(place, seen)) if seen.capacity is not None or place.capacity is not None else "–"
    at = language.hour(seen.observed_at, clock.zone) if seen.observed_at else "–"
    why = [language.word(fault) for fault in seen.faults]
    why += [say("desk.place.by_hand", time=language.moment(one.until, clock.zone)) for one in seen.by_hand[:2]]
    why += [language.word(seen.basis, "short")] if seen.basis not in (None, Basis.COUNTED) else []
    opening = "" if seen.opening is Opening.UNKNOWN else language.word(seen.opening, "short")
    inside = (
        f'<td class="state"><span class="mark" aria-hidden="true">{mark}</span> '
        f"{text(tell_concern(concern, language))}</td>"
        f'<th scope="row"><a href="/places/{place_path(place.id)}">{text(place.name)}</a></th>'
        f'<td class="number" data-number>{text(number)}</td><td class="number">{text(size)}</td>'
        f"<td>{text(opening)}</td><td>{text(at)}</td><td>{text(' · '.join(why))}</td>"
    )
    return _row(f"place-{place.id}", inside, name)


def tell_concern(concern: Concern, language: Language) -> str:
    """What a concern is called."""
    return language.say(f"desk_concern.{_CONCERNS[concern][1]}")


def tell_number(seen: Availability, language: Language) -> str:
    """How many are vacant, within which bounds, or the word for how full it is."""
    low, high = seen.vacant_low, seen.vacant_high
    if seen.vacant is not None and low == high:
        return language.number(seen.vacant)
    if low is not None and high is not None:
        return f"{language.number(low)}–{language.number(high)}"
    if seen.vacant is not None:
        return language.number(seen.vacant)
    return language.word(seen.level) if seen.level is not FillLevel.UNKNOWN else "?"


def _row(row_id: str, inside: str, state: str, more: str = "") -> str:
    version = blake2b(inside.encode(), digest_size=6).hexdigest()
    return f'<tr id="{text(row_id)}" class="{state}" data-version="{version}" {more}>{inside}</tr>\n'


def _soft(words: str, *, is_html: bool = False) -> str:
    if not words:
        return ""
    return f'<span class="soft">{words if is_html else text(words)}</span>'


def overview_body(line: str, alarms: str, places: str, total: int, language: Language) -> str:
    """The page's body of its three pieces."""
    say = language.say
    return f"""<section id="line" aria-label="{text(say("desk_line.label"))}">{line}</section>
<section aria-labelledby="alarms-title">
<h2 id="alarms-title">{text(say("desk.alarms"))}</h2>
<div class="wide" tabindex="0" role="group" aria-labelledby="alarms-title">
<table><thead><tr>{_heads(("state", "alarm", "since", "hits", "owner", "acts"), language)}</tr></thead>
<tbody id="alarms">{alarms}</tbody></table></div>
</section>
<section aria-labelledby="places-title">
<h2 id="places-title">{text(say("desk.worst"))}</h2>
{places_table(places, language)}
<p><a href="/places">{text(say("desk.all_places", count=total))}</a></p>
</section>"""


def places_table(rows: str, language: Language) -> str:
    """The table around rows of places."""
    heads = _heads(("state", "place", "vacant", "capacity", "opening", "at", "why"), language)
    label = text(language.say("desk_way.places"))
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="{label}"><table><thead><tr>{heads}</tr></thead>'
        f'<tbody id="places">{rows}</tbody></table></div>'
    )


def _heads(names: Iterable[str], language: Language) -> str:
    counts = ("vacant", "capacity")
    return "".join(
        f'<th scope="col"{" class=number" if name in counts else ""}>{text(language.say(f"desk_head.{name}"))}</th>'
        for name in names
    )
