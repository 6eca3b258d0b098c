"""One place for people, line by line: the words of the page's card, times by the city's clock, unknown said as such."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from gateways.documents import age_s
from gateways.terminal.details import detail_lines
from gateways.terminal.render import vacant_text, words_for_age
from gateways.words.city_clock import CityClock
from gateways.words.language import Language
from parking.catalogue.model import Place
from parking.observations import ALL_SPACES
from parking.printable import visible
from parking.published.availability import Availability, ByHand
from parking.published.space_states import unpack_states
from parking.words import FillLevel, OverrideAspect
from store.snapshots import PlaceNow

_SHOWN = (OverrideAspect.OPENING, OverrideAspect.NUMBER)
"""Of what is set so, what devices say stands beside."""

_STATED = re.compile(r'\s*"([^"]*)"')
"""A comment in OpenStreetMap's notation of hours: when the city stated them."""


def place_lines(language: Language, row: PlaceNow, now: datetime, clock: CityClock) -> Iterator[tuple[str, str]]:
    """Label and text of everything that is known of a place at ``now``, each one line of what can be seen.

    What a program needs besides is in its JSON.
    """
    for label, text in _lines(language, row, now, clock):
        yield label, visible(text)


def _lines(language: Language, row: PlaceNow, now: datetime, clock: CityClock) -> Iterator[tuple[str, str]]:
    place, seen = row.place, row.availability
    unknown, say = language.word(FillLevel.UNKNOWN), language.say
    capacity = seen.capacity if seen.capacity is not None else place.capacity
    yield say("column.place"), f"{place.name} ({place.id})"
    yield say("column.vacant"), unknown if seen.vacant is None else vacant_text(seen, wide=True)
    yield say("column.capacity"), unknown if capacity is None else language.number(capacity)
    yield say("column.level"), language.word(seen.level)
    yield say("column.opening"), language.word(seen.opening)
    for audience, count in seen.by_category.items():
        of = "" if count.capacity is None else " " + say("count.of", count=count.capacity)
        yield language.word(audience), (unknown if count.vacant is None else language.number(count.vacant)) + of
    if seen.out_of_service:
        yield say("card.out_of_service"), language.number(seen.out_of_service)
    if place.spaces:
        yield say("card.bays"), _tally(language, place, seen)
    yield say("column.basis"), _basis(language, seen) or unknown
    if seen.reporting_share is not None and 0 < seen.reporting_share < 1:
        share = language.share(seen.reporting_share)
        yield say("card.partly_counted"), say("card.partly_counted_share", share=share)
    yield say("card.observed"), _told(language, clock, seen.observed_at, f", {_age(language, seen, now)}") or unknown
    yield say("card.valid_until"), _told(language, clock, seen.valid_until) or unknown
    for order in seen.by_hand:
        yield say("card.by_hand"), _by_hand(language, clock, order)
    if (beneath := seen.beneath) is not None and any(order.aspect in _SHOWN for order in seen.by_hand):
        number = unknown if beneath.vacant is None else language.number(beneath.vacant)
        yield say("card.beneath"), f"{number}, {language.word(beneath.opening)}"
    if seen.faults:
        yield say("card.notes"), "; ".join(map(language.word, seen.faults))
    yield say("card.address"), place.address or unknown
    yield say("card.hours"), _hours(language, place.opening_hours) if place.opening_hours else unknown
    yield say("card.height"), f"{language.number(place.height_cm / 100, 2)} m" if place.height_cm else unknown
    yield from detail_lines(language, place)


def _by_hand(language: Language, clock: CityClock, order: ByHand) -> str:
    """What a person has set, until when, and why."""
    return language.say(
        "card.by_hand_until", what=_what(language, order), time=clock.tell(language, order.until),
        reason=language.word(order.reason),
    )  # fmt: skip


def _what(language: Language, order: ByHand) -> str:
    if order.opening is not None:
        return language.word(order.opening)
    if order.aspect is not OverrideAspect.NUMBER:
        thing, word = order.space or order.device, language.word(order.aspect)
        return language.say("card.by_hand_of", what=word, value=thing) if thing and thing != ALL_SPACES else word
    number = language.say("card.by_hand_unusable") if order.vacant is None else language.number(order.vacant)
    if order.category is None:
        return number
    return language.say("card.by_hand_of", what=language.word(order.category), value=number)


def _tally(language: Language, place: Place, seen: Availability) -> str:
    tally = Counter(unpack_states(seen.space_states, len(place.spaces)))
    return ", ".join(language.say(f"space.{state.value}", count=count) for state, count in tally.items())


def _basis(language: Language, seen: Availability) -> str | None:
    if seen.simulated:
        return language.say("simulated")
    return language.word(seen.basis) if seen.basis else None


def _age(language: Language, seen: Availability, now: datetime) -> str:
    return language.say("age.ago", span=words_for_age(language, age_s(seen, now)))


def _told(language: Language, clock: CityClock, instant: datetime | None, more: str = "") -> str | None:
    return clock.tell(language, instant) + more if instant else None


def _hours(language: Language, notation: str) -> str:
    return _STATED.sub(lambda found: f" ({language.say('card.stated', when=found[1])})", notation)
