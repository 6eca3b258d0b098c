"""Counts in an element of occupancy. What is taken is never read as free, and what contradicts itself is refused."""

from typing import NamedTuple
from xml.etree.ElementTree import Element

from parking.words import Basis, RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.numbers import is_nothing, whole_number
from sensors.sources.datex2.words import Count, find_stated, number_of


class Stated(NamedTuple):
    """What is stated of one audience's spaces, each None where it is not."""

    vacant: int | None
    occupied: int | None
    capacity: int | None
    vehicles: int | None = None


def read_whole(occupancy: Element | None, device_id: str, described: int | None = None) -> Stated:
    """The numbers of a whole car park; ``described`` is what a table says, where the status has no capacity of its own.

    No car park has 0 spaces: that is how publishers write "not known", and 0 vacant of them is no number either.
    """
    stated = read_stated(occupancy, device_id)
    vacant = None if is_nothing(stated.vacant, stated.capacity) else stated.vacant
    return stated._replace(vacant=vacant, capacity=stated.capacity or described)


def read_stated(occupancy: Element | None, device_id: str) -> Stated:
    """The numbers of an occupancy, as they stand there."""
    vacant, occupied, vehicles = (
        number_of(occupancy, f"numberOf{what}", device_id) for what in ("VacantSpaces", "OccupiedSpaces", "Vehicles")
    )
    capacity = number_of(occupancy, "numberOfSpacesOverride", device_id)
    percent = find_stated(occupancy, "occupancy")
    if percent is not None and percent.startswith("-") and percent.strip("-0.,"):
        raise RecordRefusedError(
            RejectReason.NEGATIVE_COUNT,
            f"it says that {percent:.20} percent are occupied, so its numbers are of no use; recalibrate",
            device_id,
        )
    return Stated(vacant, occupied, capacity, vehicles)


def make_count(stated: Stated, device_id: str, *, has_level: bool = False) -> Count | None:
    """The vacancy as stated, or capacity less what is taken. None where it says neither.

    Raises RecordRefusedError where the numbers contradict each other; and where what is taken is stated and not of how
    many, unless the record ``has_level`` to go by.
    """
    vacant, capacity = stated.vacant, stated.capacity
    if vacant is not None:
        _require_agreement(stated, device_id)
        if capacity is None and stated.occupied is not None:
            capacity = whole_number(vacant + stated.occupied, "vacant and occupied", device_id) or None
        return Count(vacant, capacity)
    taken = stated.vehicles if stated.occupied is None else stated.occupied
    if taken is None or (capacity is None and has_level):
        return None
    if capacity is None:
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD,
            f"it counts {taken} vehicles, not vacant spaces, and does not say of how many: "
            "how many are vacant cannot be told; ask the publisher for either number",
            device_id,
        )
    if taken > capacity:
        raise RecordRefusedError(
            RejectReason.NEGATIVE_COUNT,
            f"{taken} vehicles on {capacity} spaces would leave less than none; recalibrate",
            device_id,
        )
    return Count(capacity - taken, capacity, Basis.DERIVED)


def find_uncountable(stated: Stated, device_id: str) -> RecordRefusedError | None:
    """Why nothing vacant can be told of numbers that are there; None where there are none, or it can be told."""
    try:
        make_count(stated, device_id)
    except RecordRefusedError as error:
        return error
    return None


def _require_agreement(stated: Stated, device_id: str) -> None:
    vacant, occupied, capacity = stated.vacant or 0, stated.occupied, stated.capacity
    if capacity is None:
        return
    if vacant > capacity:
        raise RecordRefusedError(
            RejectReason.FREE_ABOVE_CAPACITY, f"{vacant} vacant of {capacity}: more than there are", device_id
        )
    if occupied is not None and vacant + occupied > capacity:
        raise RecordRefusedError(
            RejectReason.FREE_ABOVE_CAPACITY,
            f"{vacant} vacant and {occupied} occupied of {capacity}: more than there are, so one of the three is "
            "wrong; ask the publisher",
            device_id,
        )
