"""How full a car park is where it gives no number: its own word, or between what its number lies."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from parking.words import FillLevel, RejectReason
from sensors.contract import RecordRefusedError
from sensors.sources.datex2.words import Level, find_stated, number_of, translate

WORDS = {
    "spacesAvailable": FillLevel.SPACES_AVAILABLE,
    "almostFull": FillLevel.ALMOST_FULL,
    "full": FillLevel.FULL,
    "fullAtEntrance": FillLevel.FULL,  # for whoever comes now
    "overcrowding": FillLevel.FULL,
    "overcrowdingLevel1": FillLevel.FULL,
    "overcrowdingLevel2": FillLevel.FULL,
    "noOvercrowding": FillLevel.UNKNOWN,
    "unknown": FillLevel.UNKNOWN,
    "other": FillLevel.UNKNOWN,
    "_extended": FillLevel.UNKNOWN,
}

_GRADES: dict[str, tuple[FillLevel, int | None]] = {
    "noParkingSpacesAvailable": (FillLevel.FULL, None),
    "onlyAFewSpacesAvailable": (FillLevel.ALMOST_FULL, None),
    **{f"lessThan{bound}SpacesAvailable": (FillLevel.UNKNOWN, bound - 1) for bound in (10, 20, 30, 40, 50)},
    **dict.fromkeys(("expectNoSpacesAvailable", "unknown", "other", "_extended"), (FillLevel.UNKNOWN, None)),
}
"""A forecast ("expect") is no word of now."""


def require_known(words: Iterable[str], device_id: str) -> None:
    """Refuse a word of the status that nobody explained, where the number says what it would."""
    for word in words:
        translate(word, WORDS, "status", device_id)


def read_word(words: Iterable[str], device_id: str) -> FillLevel:
    """What the words of one record say together; RecordRefusedError where they say two things at once."""
    stated = list(words)
    said = {translate(word, WORDS, "status", device_id) for word in stated} - {FillLevel.UNKNOWN}
    if said == {FillLevel.SPACES_AVAILABLE, FillLevel.ALMOST_FULL}:
        return FillLevel.ALMOST_FULL  # the second says more
    if len(said) > 1:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"says {' and '.join(stated):.80} at once: ask the publisher", device_id
        )
    return said.pop() if said else FillLevel.UNKNOWN


def read_level(occupancy: Element | None, words: Iterable[str], capacity: int | None, device_id: str) -> Level | None:
    """The word, and what is stated of the number without the number; None where there is nothing of this."""
    word = read_word(words, device_id)
    below = number_of(occupancy, "numberOfVacantSpacesLowerThan", device_id)
    above = number_of(occupancy, "numberOfVacantSpacesHigherThan", device_id)
    low, high = None if above is None else above + 1, None if below is None else below - 1
    graded = find_stated(occupancy, "numberOfVacantSpacesGraded")
    if graded is not None:
        grade, most = translate(graded, _GRADES, "numberOfVacantSpacesGraded", device_id)
        word = grade if word is FillLevel.UNKNOWN else word
        high = most if high is None else high
    most_of_all = min(bound for bound in (high, capacity, 2**31 - 1) if bound is not None)
    if (low or 0) > most_of_all:
        raise RecordRefusedError(
            RejectReason.FREE_ABOVE_CAPACITY,
            f"fewer than {below} and more than {above} vacant of {capacity}: no number is both; ask the publisher",
            device_id,
        )
    level = Level(word, low, None if high is None else most_of_all, capacity)
    return None if level == Level(capacity=capacity) else level
