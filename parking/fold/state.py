"""What the fold remembers about one place: one register per thing observed, each holding the greatest observation.

A register is last-writer-wins by the total order, so the state is the same whatever the order of arrival and however
often a record arrives. Maps are kept sorted, so that equal states are equal bytes.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from parking.catalogue.model import MAX_DEVICES_PER_PLACE
from parking.fold.lanes import LaneLedger
from parking.fold.recounts import Recount
from parking.observations import Envelope, Order
from parking.published.availability import Availability
from parking.words import Audience, Basis, Fault, FillLevel, Opening, OverrideAspect, OverrideReason

STATE_VERSION = 6
"""2 added ``lanes``; 3 ``ranges``, and to each slot its sensor's vitals; 4 words of no use; 5 ``levels``; 6 ``orders``
and ``rivals``. All are still read."""


class Register(msgspec.Struct, frozen=True, array_like=True):
    """Who said it, when, and where it stands in the order."""

    observed_at: datetime
    seq: int
    event_id: str
    source: str
    device_id: str
    simulated: bool

    @property
    def order(self) -> Order:
        """The place of this register's observation in the total order."""
        return (self.observed_at, self.seq, self.event_id)

    @property
    def device(self) -> str:
        """``source/device``, unique within a place."""
        return f"{self.source}/{self.device_id}"


class Counted(Register, frozen=True, array_like=True):
    """The last count of vacant spaces for one audience."""

    vacant: int
    capacity: int | None
    full_at: int | None
    basis: Basis


class Levelled(Register, frozen=True, array_like=True):
    """The last word on how full it is for one audience that was no number: a level, bounds, or both."""

    level: FillLevel
    low: int | None
    high: int | None
    capacity: int | None


class Opened(Register, frozen=True, array_like=True):
    """The last word on who may drive in."""

    opening: Opening


class Ordered(Register, frozen=True, array_like=True):
    """The last word of a person at the desk about one thing; ``of`` is the device (source/id) that it is about."""

    aspect: OverrideAspect
    reason: OverrideReason
    expires_at: datetime
    decision: str
    released: bool
    opening: Opening | None
    vacant: int | None
    category: Audience
    space: str | None
    of: str | None

    @property
    def stamp(self) -> "Stamp":
        """The first fields of a register."""
        return (self.observed_at, self.seq, self.event_id, self.source, self.device_id, self.simulated)


UNUSABLE_MARK = "\x1f"
"""Between a device and the audience of which it said something that was of no use: no name has this character."""


class Faulted(Register, frozen=True, array_like=True):
    """The last time this device said that it cannot tell, or said of ``category`` (None: at all) what is no use."""

    fault: Fault
    category: Audience | None = None

    @property
    def key(self) -> str:
        """Its name among a place's faults. A word of no use stands beside what the device says of itself.

        Else one that follows on a barrier that stands open would end with the next number, and the barrier with it.
        """
        return unusable_key(self.device, self.category) if self.fault is Fault.UNUSABLE else self.device


def unusable_key(device: str, category: Audience | None) -> str:
    """The name under which a place's faults have the last word of a device that was of no use."""
    return f"{device}{UNUSABLE_MARK}{category or ''}"


_UNREMEMBERED = Availability(revision=(0, 0))
"""Says something else than any conclusion does, so the next is a change: what was said before must not stand."""

V = TypeVar("V")


def newest(held: dict[str, V], age: Callable[[str], Any]) -> dict[str, V]:
    """At most ``MAX_DEVICES_PER_PLACE`` of a map by device, sorted; the one that spoke longest ago goes first.

    The catalogue has no more of them at a time, but it may exchange all of them every day.
    """
    while len(held) > MAX_DEVICES_PER_PLACE:
        del held[min(held, key=lambda key: (age(key), key))]
    return dict(sorted(held.items()))


DAYS_KEPT = 4
"""Three whole days and the one that has begun."""


class DayRange(NamedTuple):
    """The least and the most that a device counted vacant on one day (days since 1970, UTC)."""

    day: int
    least: int
    most: int


Stamp: TypeAlias = tuple[datetime, int, str, str, str, bool]


def stamp_of(observation: Envelope) -> Stamp:
    """The first fields of a register, taken from an observation."""
    return (
        observation.observed_at,
        observation.seq,
        observation.event_id,
        observation.source,
        observation.device_id,
        observation.simulated,
    )


class PlaceState(msgspec.Struct, frozen=True, array_like=True):
    """One Table value.

    ``last_counts`` is when each device last counted, whosever count is held: it tells a fault that has passed.
    ``spaces`` is laid out by ``parking.fold.spaces``; ``published`` is what was last sent out; ``lanes`` sums up the
    cars counted in and out, where there are lanes. ``ranges`` is between what each device counted on its last days;
    ``recounts`` what people counted last, with what lanes made of it. ``levels`` are words without a number. ``orders``
    is what people have set, by what it is. Where several devices count for one audience, ``rivals`` has the last count
    of each.

    Whatever is sent, it has a bound: ``counts`` and ``levels`` have an entry for each audience, the maps by device and
    ``orders`` have ``MAX_DEVICES_PER_PLACE`` at most, ``spaces`` one record a slot, and ``lanes`` say theirs (decision
    26).
    """

    version: int = STATE_VERSION
    counts: dict[Audience, Counted] = {}
    last_counts: dict[str, datetime] = {}
    opening: Opened | None = None
    faults: dict[str, Faulted] = {}
    spaces: bytes = b""
    published: Availability | None = None
    lanes: LaneLedger | None = None
    ranges: dict[str, tuple[DayRange, ...]] = {}
    recounts: dict[Audience, tuple[Recount, ...]] = {}
    levels: dict[Audience, Levelled] = {}
    orders: dict[str, Ordered] = {}
    rivals: dict[Audience, dict[str, Counted]] = {}


EMPTY = PlaceState()


def begun_anew(lost: PlaceState | None = None) -> PlaceState:
    """A place that knows nothing any more; what was published of it, or may have been, is concluded about again.

    ``lost`` is what was held, where that is known.
    """
    return PlaceState(published=lost.published if lost is not None else _UNREMEMBERED)
