"""The repair list: which devices somebody should look at, how sure that is, and how much hangs on each.

``find_repairs`` looks at one place's state at one instant, ``keep`` remembers for a day what shows only while it
happens, and ``ranked`` puts first what most spaces hang on. Nothing here changes what is published: a finding is a
reason to go and look, and its ``certainty`` is our estimate of how often somebody will find the device broken. Single
spaces are judged in ``parking.health.suspicion``.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from parking.catalogue.model import Device, Place
from parking.fold.recounts import checks, is_losing
from parking.fold.state import DAYS_KEPT, DayRange, PlaceState
from parking.health.suspicion import suspect_spaces
from parking.published.freshness import is_stale
from parking.words import Audience, Fault, Opening, Problem

REMEMBERED = timedelta(hours=24)
"""How long a finding stays that shows only while it happens."""

LISTED = 0.5
"""What is less sure than that is not worth a visit."""

_PASSING = frozenset({Problem.FLAPPING, Problem.COUPLED, Problem.RESTARTING})
_NO_FAULT = frozenset({Fault.DECOMMISSIONED, Fault.RESTARTED, Fault.CALIBRATING})
_BADGE_WEIGHT = 2
"""A bay for badge holders counts twice: whoever needs it has nowhere else to go."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One device to look at.

    ``since`` is when the trouble began, as far as it shows, ``heard_at`` when the device last said anything, and
    ``seen_at`` the tenant's time at which this was last found. ``weight`` is how many spaces hang on the device, a bay
    for badge holders counting twice. ``beside`` is the other slot of a coupled pair.
    """

    place_id: str
    source: str
    device_id: str
    problem: Problem
    certainty: float
    seen_at: datetime
    slot: int | None = None
    since: datetime | None = None
    heard_at: datetime | None = None
    weight: int = 1
    battery_v: float | None = None
    beside: int | None = None

    @property
    def urgency(self) -> float:
        """What a visit is worth: spaces that hang on it, times how sure it is."""
        return self.weight * self.certainty


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Those worth a visit, the most urgent first; of a device with several troubles, the surest stands for it."""
    surest: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        if finding.certainty < LISTED:
            continue
        name = (finding.place_id, finding.source, finding.device_id)
        if name not in surest or surest[name].certainty < finding.certainty:
            surest[name] = finding
    return sorted(surest.values(), key=lambda finding: (-finding.urgency, finding.place_id, finding.device_id))


def keep(before: Iterable[Finding], now: Iterable[Finding], place: Place, clock: datetime) -> list[Finding]:
    """What is found now, and what was found within the last day and shows only while it happens.

    A sensor that has not changed since it was most suspicious is still as suspicious: by night all streets are quiet.
    A device that was taken out leaves with its troubles.
    """
    found = {(finding.source, finding.device_id, finding.problem): finding for finding in now}
    for finding in before:
        name = (finding.source, finding.device_id, finding.problem)
        again = found.get(name)
        if again is not None and again.certainty >= finding.certainty:
            continue
        if finding.problem in _PASSING:
            is_there = place.find_device(finding.source, finding.device_id, clock) is not None
            if is_there and clock - finding.seen_at < REMEMBERED:
                found[name] = finding
        elif again is not None and _is_same_spell(finding, again):
            found[name] = msgspec.structs.replace(again, certainty=finding.certainty)
    return [found[name] for name in sorted(found)]


def _is_same_spell(before: Finding, now: Finding) -> bool:
    return now.problem is Problem.UNCHANGED and now.since is not None and now.since <= before.seen_at


def find_repairs(state: PlaceState, place: Place, clock: datetime) -> list[Finding]:
    """Everything that is the matter with the devices of a place at ``clock``, unranked."""
    if place.spaces:
        return [
            Finding(
                place_id=place.id, source=suspect.device.source, device_id=suspect.device.id, problem=suspect.problem,
                certainty=suspect.certainty, seen_at=clock, slot=suspect.device.slot, since=suspect.since,
                heard_at=suspect.heard_at, weight=_weight(place, suspect.device), battery_v=suspect.battery_v,
                beside=suspect.beside,
            )
            for suspect in suspect_spaces(state.spaces, place, clock)
        ]  # fmt: skip
    return list(_counters(state, place, clock))


def _weight(place: Place, device: Device) -> int:
    audiences = place.spaces[device.slot].audiences if device.slot is not None else ()
    return _BADGE_WEIGHT if Audience.DISABLED in audiences else 1


def _counters(state: PlaceState, place: Place, clock: datetime) -> Iterable[Finding]:
    """Car park counters and lanes: silent, faulty, never moving, or adding up to what cannot be."""
    drifting = _drifting(state)
    for device in place.devices:
        if not device.observes_at(clock):
            continue
        last = counter_heard_at(state, f"{device.source}/{device.id}")
        problem, certainty, since = _of_counter(state, device, last, clock, drifting)
        if problem is not None:
            yield Finding(
                place_id=place.id, source=device.source, device_id=device.id, problem=problem, certainty=certainty,
                seen_at=clock, since=since, heard_at=last, weight=max(1, place.capacity or 1),
            )  # fmt: skip


_FINE: tuple[None, float, None] = (None, 0.0, None)


def _of_counter(
    state: PlaceState, device: Device, last: datetime | None, clock: datetime, drifting: set[str]
) -> tuple[Problem | None, float, datetime | None]:
    name = f"{device.source}/{device.id}"
    fault = state.faults.get(name)
    if fault is not None and (last is None or fault.observed_at >= last):
        if fault.fault in _NO_FAULT:
            return _FINE
        return Problem.FAULT, 0.95, fault.observed_at
    if last is None:
        somebody = bool(state.last_counts) or state.lanes is not None
        return (Problem.NEVER_HEARD, 0.8, None) if somebody else _FINE
    if is_stale(last + timedelta(seconds=device.valid_for_s), clock):
        return Problem.SILENT, 0.95, last
    if name in drifting:
        return Problem.COUNTER_DRIFT, 0.5 + 0.4 / len(drifting), last
    if _never_moves(state.ranges.get(name, ())) and not _is_closed(state):
        return Problem.UNCHANGED, 0.9, None
    return _FINE


def _drifting(state: PlaceState) -> set[str]:
    """The lanes of a sum that cannot be, or that recounts contradict: one counts wrongly, and nobody knows which."""
    if state.published is None or state.lanes is None:
        return set()
    if Fault.COUNTER_DRIFT in state.published.faults:
        return {lane for heard in state.lanes.heard.values() for lane in heard}
    return {
        lane
        for audience, heard in state.lanes.heard.items()
        if is_losing(checks(state.recounts, audience, state.lanes.start_us))
        for lane in heard
    }


def counter_heard_at(state: PlaceState, name: str) -> datetime | None:
    """When a counter, lane or gate (``source/device``) last said anything of its place but that it does not work."""
    heard = [state.last_counts.get(name)]
    if state.opening is not None and state.opening.device == name:
        heard.append(state.opening.observed_at)
    if state.lanes is not None:
        heard += [lanes.get(name) for lanes in state.lanes.heard.values()]
    return max((at for at in heard if at is not None), default=None)


def _never_moves(days: Sequence[DayRange]) -> bool:
    """Whether three whole days in a row, and what there is of the fourth, had one and the same count."""
    return (
        len(days) == DAYS_KEPT
        and days[-1].day - days[0].day == DAYS_KEPT - 1
        and len({count for range_ in days for count in (range_.least, range_.most)}) == 1
    )


def _is_closed(state: PlaceState) -> bool:
    return state.opening is not None and state.opening.opening in (Opening.CLOSED, Opening.CLOSED_ABNORMAL)
