"""The closed vocabulary: every word a sign may say, each in its forms from the longest to the shortest.

A text that is no word of these, no legend of the inventory and no number never reaches a sign. Capitals without
accents, as the fonts of signs have them; what stands last is what narrow cells have room for.
"""

from collections.abc import Mapping

from parking.signs.words import LineState, SignMessage

Forms = tuple[str, ...]
DEFAULT_LANGUAGE = "fr"

_STATES: Mapping[str, Mapping[LineState, Forms]] = {
    "fr": {
        LineState.SPACES: ("LIBRE", "OUI"),
        LineState.ALMOST_FULL: ("PRESQUE COMPLET", "PRESQUE PLEIN", "PEU"),
        LineState.FULL: ("COMPLET", "PLEIN", "0"),
        LineState.CLOSED: ("FERME", "X"),
        LineState.SUBSCRIBERS: ("ABONNES", "ABO"),
    },
    "en": {
        LineState.SPACES: ("SPACES", "YES"),
        LineState.ALMOST_FULL: ("ALMOST FULL", "FEW"),
        LineState.FULL: ("FULL", "0"),
        LineState.CLOSED: ("CLOSED", "X"),
        LineState.SUBSCRIBERS: ("PERMITS ONLY", "PERMITS"),
    },
}
_MESSAGES: Mapping[str, Mapping[SignMessage, Forms]] = {
    "fr": {
        SignMessage.EVENT: ("MANIFESTATION", "MANIF"),
        SignMessage.WORKS: ("TRAVAUX",),
        SignMessage.ACCIDENT: ("ACCIDENT",),
        SignMessage.FOLLOW_SIGNS: ("SUIVRE PANNEAUX", "SUIVRE"),
        SignMessage.PARK_AND_RIDE: ("PARC RELAIS", "P+R"),
        SignMessage.TEST: ("ESSAI",),
    },
    "en": {
        SignMessage.EVENT: ("EVENT",),
        SignMessage.WORKS: ("ROAD WORKS", "WORKS"),
        SignMessage.ACCIDENT: ("ACCIDENT",),
        SignMessage.FOLLOW_SIGNS: ("FOLLOW SIGNS", "FOLLOW"),
        SignMessage.PARK_AND_RIDE: ("PARK AND RIDE", "P+R"),
        SignMessage.TEST: ("TEST",),
    },
}
STATE_OF = {
    SignMessage.CLOSED: LineState.CLOSED,
    SignMessage.FULL: LineState.FULL,
    SignMessage.SUBSCRIBERS: LineState.SUBSCRIBERS,
}
"""Messages that say of a place what its number would: they stand behind its legend, the others alone."""


def forms_of(state: LineState, language: str) -> Forms:
    """The words for a state, in the sign's language or else in French."""
    return _STATES.get(language, _STATES[DEFAULT_LANGUAGE])[state]


def forms_of_message(message: SignMessage, language: str) -> Forms:
    """The words of a message; none for a blank one."""
    if message is SignMessage.BLANK:
        return ()
    if message in STATE_OF:
        return forms_of(STATE_OF[message], language)
    return _MESSAGES.get(language, _MESSAGES[DEFAULT_LANGUAGE])[message]


def list_words() -> set[str]:
    """Every word that any sign may ever say."""
    forms = [*(each for words in _STATES.values() for each in words.values())]
    forms += [each for words in _MESSAGES.values() for each in words.values()]
    return {word for each in forms for word in each}
