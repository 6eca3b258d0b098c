"""One place: what is said of it and why, what sensors say beneath, what people ordered, and the forms to order with."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from gateways.desk.pages.forms import choice, count_input, line_input, post_form, ticked, time_input
from gateways.desk.pages.frame import DeskReader, place_path, text
from gateways.desk.pages.overview import tell_concern, tell_number
from gateways.desk.pages.ranking import stand
from gateways.words.city_clock import CityClock
from gateways.words.language import Language
from parking.catalogue.model import Place
from parking.decisions.acting import DecisionNow
from parking.desk.last_words import DeviceWord
from parking.published.availability import Availability, ByHand
from parking.words import Audience, Opening, OverrideAspect, OverrideReason

Row = tuple[str, ...]


def place_body(
    place: Place, seen: Availability, devices: Iterable[DeviceWord], said: Iterable[DecisionNow], reader: DeskReader
) -> str:
    """The page's body; ``devices`` are what each said last, ``said`` what people have ordered."""
    say, language = reader.language.say, reader.language
    now = now_piece(place, seen, language, reader.clock)
    words = (_device(one, language, reader.clock) for one in devices)
    decided = (_decided(one, language, reader.clock) for one in said)
    return f"""<section id="now" aria-label="{text(say("desk.place.now"))}">{now}</section>
<section aria-labelledby="act-title"><h2 id="act-title">{text(say("desk.place.override"))}</h2>
{_override_form(place, language)}
<h2>{text(say("desk.place.recount"))}</h2>
{_recount_form(place, language)}
{_preview(language)}</section>
<p><a href="/places/{place_path(place.id)}/day">{text(say("desk.place.table"))}</a></p>
<section aria-labelledby="devices-title"><h2 id="devices-title">{text(say("desk.place.devices"))}</h2>
{_table(say("desk.place.devices"), ("device", "at", "word"), words, language)}</section>
<section aria-labelledby="said-title"><h2 id="said-title">{text(say("desk.place.said"))}</h2>
{_table(say("desk.place.said"), ("at", "owner", "why", "state"), decided, language)}</section>"""


def now_piece(place: Place, seen: Availability, language: Language, clock: CityClock) -> str:
    """What is said now, and beside it what sensors say where something is set by hand."""
    say = language.say
    standing = stand(place, seen)
    at = language.moment(seen.observed_at, clock.zone) if seen.observed_at else "–"
    until = language.moment(seen.valid_until, clock.zone) if seen.valid_until else "–"
    basis = language.word(seen.basis) if seen.basis else "–"
    faults = " · ".join(language.word(fault) for fault in seen.faults)
    facts = [
        (say("desk_head.state"), tell_concern(standing.concern, language)),
        (say("desk_head.vacant"), f"{tell_number(seen, language)} / {seen.capacity or place.capacity or '–'}"),
        (say("desk_head.opening"), language.word(seen.opening)),
        (say("desk_head.at"), f"{at} → {until}"),
        (say("desk_head.why"), " · ".join(filter(None, (basis, faults)))),
    ]
    rows = "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in facts)
    beneath = ""
    if (sensors := seen.beneath) is not None:
        number = language.number(sensors.vacant) if sensors.vacant is not None else "?"
        heard = language.moment(sensors.observed_at, clock.zone) if sensors.observed_at else "–"
        beneath = (
            f"<p><strong>{text(say('desk.place.beneath'))}</strong> : {text(number)}, "
            f"{text(language.word(sensors.opening))}, {text(heard)}</p>"
        )
    orders = "".join(_standing_order(place, one, language, clock) for one in seen.by_hand)
    counts = "".join(
        f"<li>{text(language.word(whom))} : {'?' if count.vacant is None else language.number(count.vacant)}"
        f" / {'–' if count.capacity is None else language.number(count.capacity)}</li>"
        for whom, count in seen.by_category.items()
    )
    return f'<dl class="facts">{rows}</dl>{beneath}<ul class="orders">{orders}</ul><ul class="counts">{counts}</ul>'


def _standing_order(place: Place, order: ByHand, language: Language, clock: CityClock) -> str:
    """An order that holds, and the button that gives the thing back to the sensors."""
    what = {
        OverrideAspect.OPENING: lambda: language.word(order.opening) if order.opening else "",
        OverrideAspect.NUMBER: lambda: "?" if order.vacant is None else language.number(order.vacant),
        OverrideAspect.SPACE: lambda: order.space or "",
        OverrideAspect.DEVICE: lambda: order.device or "",
    }[order.aspect]()
    source, _, device = (order.device or "").partition("/")
    named = {
        "aspect": order.aspect.value, "category": order.category and order.category.value, "space": order.space,
        "source": source, "device": device,
    }  # fmt: skip
    fields = "".join(
        f'<input type="hidden" name="{key}" value="{text(value)}">' for key, value in named.items() if value
    )
    until = language.moment(order.until, clock.zone)
    where = f"/v1/desk/places/{place_path(place.id)}/releases"
    back = post_form(where, language.say("desk.place.release"), fields, more=f' data-seen="{order.decision}"')
    return (
        f"<li>✎ {text(language.word(order.aspect))} : {text(what)}, "
        f"{text(language.word(order.reason))}, → {text(until)} {back}</li>"
    )


def _override_form(place: Place, language: Language) -> str:
    say = language.say
    aspects = [OverrideAspect.OPENING, OverrideAspect.NUMBER] + ([OverrideAspect.SPACE] if place.spaces else [])
    aspects += [OverrideAspect.DEVICE] if place.devices else []
    spaces = [("*", "*"), *((space.id, space.id) for space in place.spaces)]
    devices = sorted({f"{device.source}/{device.id}" for device in place.devices})
    openings = [one for one in Opening if one is not Opening.UNKNOWN]
    parts = (
        choice(say("desk.place.what"), "aspect", _called(aspects, language)),
        choice(say("desk_head.opening"), "opening", _called(openings, language), "opening"),
        count_input(say("desk.place.vacant"), "vacant", "number"),
        ticked(say("desk.place.unusable"), "unusable", "number"),
        choice(say("desk.place.category"), "category", _called(Audience, language), "number"),
        choice(language.word(OverrideAspect.SPACE), "space", spaces, "space"),
        choice(language.word(OverrideAspect.DEVICE), "of", [(one, one) for one in devices], "device"),
        choice(say("desk.place.reason"), "reason", _called(OverrideReason, language)),
        time_input(say("desk.place.until"), "expires_at"),
        line_input(say("desk.place.note"), "note", 300),
    )
    return post_form(
        f"/v1/desk/places/{place_path(place.id)}/overrides",
        say("desk.place.apply"),
        *parts,
        more=_order(place, "override"),
    )


def _recount_form(place: Place, language: Language) -> str:
    say = language.say
    parts = (
        count_input(say("desk.place.vacant"), "vacant", is_needed=True),
        choice(say("desk.place.category"), "category", _called(Audience, language)),
        line_input(say("desk.place.note"), "note", 300),
    )
    return post_form(
        f"/v1/desk/places/{place_path(place.id)}/recounts",
        say("desk.place.count"),
        *parts,
        more=_order(place, "recount"),
    )


def _order(place: Place, command: str) -> str:
    return f' class="order" data-edits="{text(place.id)}" data-preview="{command}"'


def _preview(language: Language) -> str:
    """Where the script says what a form would come to, and the words that it needs for that."""
    keys = ("desk.preview.head", "desk.preview.page", "desk.preview.sign", "desk.preview.nosign", "desk.preview.dark",
            "desk.preview.untold")  # fmt: skip
    words = "".join(f' data-{key.rpartition(".")[2]}="{text(language.say(key))}"' for key in keys)
    return f'<div id="preview" class="notice" role="status"{words}></div>'


def _called(members: Iterable[StrEnum], language: Language) -> list[tuple[str, str]]:
    return [(one.value, language.word(one)) for one in members]


def _device(word: DeviceWord, language: Language, clock: CityClock) -> Row:
    """A device's last word, as people say it; a device that was never heard says nothing."""
    said = [f"{language.word(whom)} {language.number(count)}" for whom, count in word.vacant.items()]
    said += [f"{language.word(whom)} {language.word(level)}" for whom, level in word.level.items()]
    said += [language.say(f"space_state.{word.state.value}")] if word.state else []
    said += [language.word(word.opening)] if word.opening else []
    said += [language.word(word.fault)] if word.fault else []
    said += [f"{language.number(word.battery_v, 1)} V"] if word.battery_v is not None else []
    said += [language.word(OverrideAspect.DEVICE)] if word.is_ignored else []
    heard = language.moment(word.heard_at, clock.zone) if word.heard_at else "–"
    space = f" · {word.space}" if word.space else ""
    return (f"{word.source}/{word.device_id}{space}", heard, " · ".join(said) or "–")


def _decided(said: DecisionNow, language: Language, clock: CityClock) -> Row:
    decision = said.decision
    at: datetime = decision.decided_at
    return (
        language.moment(at, clock.zone),
        decision.author or "–",
        f"{decision.rule} · {decision.reason or ''}",
        said.state,
    )


def _table(label: str, heads: Iterable[str], rows: Iterable[Row], language: Language) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return f"<p>{text(language.say('desk.place.nothing'))}</p>"
    named = "".join(f'<th scope="col">{text(language.say(f"desk_head.{name}"))}</th>' for name in heads)
    around = f'<div class="wide" tabindex="0" role="group" aria-label="{text(label)}">'
    return f"{around}<table><thead><tr>{named}</tr></thead><tbody>{body}</tbody></table></div>"
