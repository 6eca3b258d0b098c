"""The score: what was published, held against what was true, moment by moment.

Everything is weighed by time. A number is wrong while the truth lies outside its ``vacant_low..vacant_high``; while it
is unknown it is not wrong, and not right either: that share stands beside it. A reader's eyes are used, so a number
past its ``valid_until`` is unknown. A single bay is wrong while it is said to be free and is not, or the other way
round. Far off is what a driver would notice: by more than two spaces and more than a twentieth of the capacity.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from parking.catalogue.model import Place
from parking.health.repairs import Finding
from parking.instants import from_us, to_us
from parking.published.availability import Availability, Change
from parking.published.freshness import as_of
from parking.published.space_states import unpack_states
from parking.words import Audience, SpaceState

FAR_SPACES, FAR_SHARE = 2, 0.05


class TrueChange(NamedTuple):
    """From ``us`` on (microseconds since 1970): a slot's state (1 is free, 2 occupied), or with slot -1 a vacancy."""

    us: int
    slot: int
    value: int


class PlaceScore(NamedTuple):
    """How a place was told of over a span of ``seconds``.

    ``unknown_s``, ``wrong_s`` and ``far_s`` are of the number; ``error_s`` is its absolute error in spaces, summed over
    the seconds in which there was one; ``width_s`` the width of its range, likewise. ``bay`` fields sum over bays.
    """

    place_id: str
    is_zone: bool
    seconds: float
    unknown_s: float = 0.0
    wrong_s: float = 0.0
    far_s: float = 0.0
    error_s: float = 0.0
    width_s: float = 0.0
    bay_s: float = 0.0
    bay_unknown_s: float = 0.0
    bay_wrong_s: float = 0.0

    @property
    def mean_error(self) -> float | None:
        """Mean absolute error in spaces while a number was shown; None where none ever was."""
        known = self.seconds - self.unknown_s
        return self.error_s / known if known > 0 else None


class Shares(NamedTuple):
    """Several places together, every second of each counting alike; None where there is nothing to tell."""

    places: int
    mean_error: float | None
    mean_width: float | None
    wrong_share: float | None
    far_share: float | None
    unknown_share: float | None
    bays_wrong_share: float | None = None
    bays_unknown_share: float | None = None


class Found(NamedTuple):
    """The repair list against the faults that were put in: ``recall`` by kind, and over all.

    ``precision`` is how many of the devices listed are broken, ``recall`` how many of the broken ones are listed.
    """

    injected: int
    listed: int
    right: int
    by_kind: dict[str, tuple[int, int]]

    @property
    def precision(self) -> float | None:
        """None where nothing is listed."""
        return self.right / self.listed if self.listed else None

    @property
    def recall(self) -> float | None:
        """None where nothing was put in."""
        return self.right / self.injected if self.injected else None


def score_place(
    place: Place, truth: Sequence[TrueChange], published: Sequence[Change], start_us: int, end_us: int
) -> PlaceScore:
    """The score of one place from ``start_us`` to ``end_us``; truth and publications in the order of their time."""
    counter = _Counter(place, start_us, end_us)
    for us, what in _merge(truth, published, end_us):
        counter.let_pass(us)
        if isinstance(what, TrueChange):
            counter.become(what)
        else:
            counter.publish(what)
    counter.let_pass(end_us)
    return counter.score()


def shares_of(scores: Iterable[PlaceScore]) -> Shares:
    """Several places together."""
    every = list(scores)
    seconds, unknown, bays = (
        sum(getattr(score, name) for score in every) for name in ("seconds", "unknown_s", "bay_s")
    )

    def share(part: str, whole: float) -> float | None:
        return sum(getattr(score, part) for score in every) / whole if whole > 0 else None

    known = seconds - unknown
    return Shares(
        len(every), share("error_s", known), share("width_s", known), share("wrong_s", seconds),
        share("far_s", seconds),
        share("unknown_s", seconds), share("bay_wrong_s", bays), share("bay_unknown_s", bays),
    )  # fmt: skip


def compare_findings(findings: Iterable[Finding], injected: Iterable[tuple[str, str, str]]) -> Found:
    """Devices listed against devices broken; ``injected`` is (source, device, kind)."""
    listed = {(finding.source, finding.device_id) for finding in findings}
    kinds = {(source, device): kind for source, device, kind in injected}
    by_kind: dict[str, tuple[int, int]] = {}
    for device, kind in sorted(kinds.items()):
        found, of = by_kind.get(kind, (0, 0))
        by_kind[kind] = (found + (device in listed), of + 1)
    return Found(len(kinds), len(listed), len(listed & kinds.keys()), by_kind)


def _merge(
    truth: Sequence[TrueChange], published: Sequence[Change], end_us: int
) -> Iterator[tuple[int, TrueChange | Availability]]:
    """What happens, in order: changes of the truth, publications, and the moments at which a publication expires."""
    moments: list[tuple[int, int, TrueChange | Availability]] = [(change.us, 0, change) for change in truth]
    times = accumulate((_shown_us(change) for change in published), max)
    shown = list(zip(times, (change.availability for change in published), strict=True))
    for place, (us, availability) in enumerate(shown):
        moments.append((us, 1, as_of(availability, from_us(us))))
        until = availability.valid_until
        following = shown[place + 1][0] if place + 1 < len(shown) else end_us
        if until is not None and us < to_us(until) < following:
            moments.append((to_us(until), 2, as_of(availability, until)))
    moments.sort(key=lambda moment: moment[:2])
    return ((us, what) for us, _, what in moments)


def _shown_us(change: Change) -> int:
    """When people saw it: a conclusion bears the last tick's time, and no number is from before its observation."""
    times = [at for at in (change.concluded_at, change.availability.observed_at) if at is not None]
    return to_us(max(times)) if times else 0


class _Counter:
    """Adds up, second by second, the truth of one place and what was said of it."""

    def __init__(self, place: Place, start_us: int, end_us: int) -> None:
        self._place, self._start_us, self._end_us = place, start_us, end_us
        self._at_us = start_us
        self._is_public = [Audience.PUBLIC in space.audiences for space in place.spaces]
        self._true: list[SpaceState] = [SpaceState.UNKNOWN] * len(place.spaces)
        self._said: list[SpaceState] = [SpaceState.UNKNOWN] * len(place.spaces)
        self._vacant: int | None = 0 if place.spaces else None
        self._shown: Availability | None = None
        self._wrong = self._silent = 0
        self._sums = dict.fromkeys(("unknown_s", "wrong_s", "far_s", "error_s", "width_s"), 0.0)
        self._bays = dict.fromkeys(("bay_s", "bay_unknown_s", "bay_wrong_s"), 0.0)

    def become(self, change: TrueChange) -> None:
        """The truth changes."""
        if change.slot < 0:
            self._vacant = change.value
            return
        state = SpaceState.FREE if change.value == 1 else SpaceState.OCCUPIED
        if self._is_public[change.slot] and self._vacant is not None:
            self._vacant += (state is SpaceState.FREE) - (self._true[change.slot] is SpaceState.FREE)
        self._true[change.slot] = state
        self._compare()

    def publish(self, availability: Availability) -> None:
        """Something else is said from now on."""
        before = self._shown.space_states if self._shown is not None else b""
        self._shown = availability
        if before != availability.space_states:
            self._said = list(unpack_states(availability.space_states, len(self._true)))
            self._compare()

    def _compare(self) -> None:
        unknown = SpaceState.UNKNOWN
        self._silent = self._said.count(unknown)
        self._wrong = sum(
            said is not unknown and said is not true for said, true in zip(self._said, self._true, strict=True)
        )

    def let_pass(self, until_us: int) -> None:
        """Everything stays as it is until then."""
        until_us = min(until_us, self._end_us)
        seconds = (until_us - self._at_us) / 1_000_000
        if seconds <= 0:
            return
        self._at_us = until_us
        self._bays["bay_s"] += seconds * len(self._true)
        self._bays["bay_unknown_s"] += seconds * (self._silent if self._shown is not None else len(self._true))
        self._bays["bay_wrong_s"] += seconds * self._wrong
        shown = self._shown
        if shown is None or shown.vacant is None or self._vacant is None:
            self._sums["unknown_s"] += seconds
            return
        low = shown.vacant if shown.vacant_low is None else shown.vacant_low
        high = shown.vacant if shown.vacant_high is None else shown.vacant_high
        self._sums["wrong_s"] += seconds * (not low <= self._vacant <= high)
        off = abs(shown.vacant - self._vacant)
        self._sums["far_s"] += seconds * (off > max(FAR_SPACES, FAR_SHARE * (shown.capacity or 0)))
        self._sums["error_s"] += seconds * off
        self._sums["width_s"] += seconds * (high - low)

    def score(self) -> PlaceScore:
        """What came of it."""
        seconds = (self._end_us - self._start_us) / 1_000_000
        if self._place.spaces and not any(self._is_public):  # it has no number of ordinary spaces, known or not
            return PlaceScore(self._place.id, True, 0.0, **self._bays)
        return PlaceScore(self._place.id, bool(self._place.spaces), seconds, **self._sums, **self._bays)
