"""What a city states of a place for drivers besides: only what is known, in the words of the page's card."""

from collections.abc import Iterator

from gateways.words.language import Language
from parking.catalogue.model import Place

_PRICES = (1, 2, 3, 4, 24)
_RESERVED = ("disabled", "ev", "park_and_ride", "car_share", "carpool", "motorcycle", "bike", "electric_two_wheeler")


def detail_lines(language: Language, place: Place) -> Iterator[tuple[str, str]]:
    """Label and text of each detail that is known."""
    say = language.say
    prices = [say("card.free")] if place.is_free else []
    prices += [
        f"{say('card.hours_of', hours=hours)} {_euros(language, cents)}"
        for hours in _PRICES
        if (cents := getattr(place, f"price_{hours}h_cents")) is not None
    ]
    monthly = (
        (say("card.season_resident"), place.season_resident_cents),
        (say("card.season_other"), place.season_cents),
    )
    seasons = [f"{whose} {_euros(language, cents)}" for whose, cents in monthly if cents is not None]
    reserved = [
        f"{say(f'reserved.{use}')} ({language.number(count)})"
        for use in _RESERVED
        if (count := getattr(place, f"spaces_{use}"))
    ]
    shown = {
        "card.users": place.users and language.word(place.users),
        "card.prices": " · ".join(prices),
        "card.season": " · ".join(seasons),
        "card.disabled_tariff": place.disabled_tariff and language.word(place.disabled_tariff),
        "card.reserved": " · ".join(reserved),
        "card.structure": place.structure and language.word(place.structure),
        "card.info": place.info,
        "card.page": place.url,
        "card.operator": place.operator_siret and f"SIRET {place.operator_siret}",
        "card.insee": place.insee,
    }
    yield from ((say(label), text) for label, text in shown.items() if text)


def _euros(language: Language, cents: int) -> str:
    return f"{language.number(cents / 100, 2)} €"
