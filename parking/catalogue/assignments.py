"""Which device observes what between which dates: moves, replacements, and assignments that contradict each other.

A device observes one thing at a time, and one space is observed by one device at a time; a place as a whole may have
several counters. So of two assignments of one device, or on one slot, the earlier ends where the later begins.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from parking.catalogue.model import DEFAULT_VALID_FOR_S, Device, Place
from parking.catalogue.rows import RowRefusal, Where
from parking.instants import in_text

Identity = tuple[str, str, str, int | None, datetime | None]


class Assignment(NamedTuple):
    """``device`` observes ``place`` (or its slot). ``where`` is None for what the catalogue had already."""

    place: str
    device: Device
    where: Where | None = None
    valid_for_s: int | None = None
    occupied_below_mm: int | None = None
    is_reversed: bool | None = None

    @property
    def identity(self) -> Identity:
        """What the same assignment has in common, whenever it is said to end."""
        return self.device.source, self.device.id, self.place, self.device.slot, self.device.valid_from

    @property
    def settings(self) -> tuple[int | None, int | None, bool | None]:
        """What a row states of the device itself; None is as before."""
        return self.valid_for_s, self.occupied_below_mm, self.is_reversed

    def __str__(self) -> str:
        since = f"from {in_text(self.device.valid_from)}" if self.device.valid_from else "since ever"
        slot = "" if self.device.slot is None else f" slot {self.device.slot}"
        return f"{self.where or 'the catalogue'} ({self.device.id} at {self.place}{slot} {since})"


def assignments_of(places: Iterable[Place]) -> Iterator[Assignment]:
    """Every assignment that a catalogue holds."""
    return (Assignment(place.id, device) for place in places for device in place.devices)


def list_double(assignments: Iterable[Assignment]) -> list[tuple[Assignment, Assignment]]:
    """Pairs that hold at the same time, of one device or on one slot, by place and device."""
    pairs = [pair for pair in _rivals(assignments) if _overlap(*(assignment.device for assignment in pair))]
    return sorted(
        pairs,
        key=lambda pair: [(assignment.place, assignment.device.source, assignment.device.id) for assignment in pair],
    )


NO_CONTRACTS: Mapping[str, int] = MappingProxyType({})


def settle(
    known: Iterable[Assignment], stated: Iterable[Assignment], contracts: Mapping[str, int] = NO_CONTRACTS
) -> tuple[list[Assignment], list[RowRefusal]]:
    """The assignments that hold after an import, and what of it was refused; the order of rows does not matter.

    ``contracts`` are seconds by source, for devices of which neither a row nor the catalogue says how long they count.

    A stated one replaces a known one of the same identity. Known ones end where a stated rival begins. Two stated ones
    that overlap are both refused; so is one that overlaps a known one that begins at the same time or later.
    """
    before = {assignment.identity: assignment for assignment in known}
    said, refusals = _agreed(stated)
    latest = {assignment.identity[:2]: assignment.device for assignment in sorted(before.values(), key=_seniority)}
    merged = before | {key: _with_contract(row, before.get(key), latest, contracts) for key, row in said.items()}
    accused: dict[Identity, Assignment] = {}
    for one, other in _rivals(merged.values()):
        earlier, later = sorted((one, other), key=lambda a: _start(a.device))
        if not _contradict(earlier, later):
            continue
        # Only a row can be refused, so of a row and the catalogue the row is; of two rows nobody knows which is right.
        for row, rival in ((one, other), (other, one)):
            if row.where is not None and row.identity not in accused:
                accused[row.identity] = row
                refusals.append(_overlaps(row.where, rival))
    kept = {key: assignment for key, assignment in merged.items() if key not in accused}
    kept |= {key: before[key] for key in accused if key in before}
    return _closed(kept), refusals


def _agreed(stated: Iterable[Assignment]) -> tuple[dict[Identity, Assignment], list[RowRefusal]]:
    """One assignment an identity; rows that say different things about one are all refused."""
    said: dict[Identity, list[Assignment]] = defaultdict(list)
    for assignment in sorted(stated, key=lambda a: str(a.where)):
        said[assignment.identity].append(assignment)
    refusals = []
    for key, rows in list(said.items()):
        if len({(row.device.valid_to, *row.settings) for row in rows}) > 1:
            del said[key]
            refusals += [_overlaps(row.where, rows[0] if row is not rows[0] else rows[1]) for row in rows if row.where]
    return {key: rows[0] for key, rows in said.items()}, refusals


def _with_contract(
    assignment: Assignment, same: Assignment | None, latest: dict[tuple[str, str], Device], contracts: Mapping[str, int]
) -> Assignment:
    """With what the row states, else that of the same assignment, the device's latest, or its source's contract."""
    seconds, below_mm, is_reversed = assignment.settings
    before = same.device if same else latest.get(assignment.identity[:2])
    if seconds is None:
        usual = contracts.get(assignment.device.source, DEFAULT_VALID_FOR_S)
        seconds = before.valid_for_s if before else usual
    # How it hangs there is of the place: a device that moves says that anew.
    if below_mm is None and same:
        below_mm = same.device.occupied_below_mm
    if is_reversed is None:
        is_reversed = same is not None and same.device.is_reversed
    device = msgspec.structs.replace(
        assignment.device, valid_for_s=seconds, occupied_below_mm=below_mm, is_reversed=is_reversed
    )
    return assignment._replace(device=device)


def _seniority(assignment: Assignment) -> tuple[float, int]:
    return _start(assignment.device), assignment.device.valid_for_s


def _closed(kept: dict[Identity, Assignment]) -> list[Assignment]:
    """Each ends where its next rival begins; two that the catalogue had already are left to its audit."""
    ends = {key: assignment.device.valid_to for key, assignment in kept.items()}
    for pair in _rivals(kept.values()):
        earlier, later = sorted(pair, key=lambda a: _start(a.device))
        start, end = later.device.valid_from, ends[earlier.identity]
        if start is None or (earlier.where is None and later.where is None):
            continue
        if _start(earlier.device) < _start(later.device) and (end is None or start < end):
            ends[earlier.identity] = start
    return [
        assignment._replace(device=_changed(assignment.device, valid_to=ends[key])) for key, assignment in kept.items()
    ]


def _rivals(assignments: Iterable[Assignment]) -> Iterator[tuple[Assignment, Assignment]]:
    """Pairs of one device, or on one slot; each pair once."""
    groups: dict[tuple[str, ...], list[Assignment]] = defaultdict(list)
    for assignment in assignments:
        device = assignment.device
        groups["device", device.source, device.id].append(assignment)
        if device.slot is not None:
            groups["slot", assignment.place, str(device.slot)].append(assignment)
    for key, members in groups.items():
        for one, other in combinations(members, 2):
            same_device = (one.device.source, one.device.id) == (other.device.source, other.device.id)
            if key[0] == "device" or not same_device:
                yield one, other


def _contradict(earlier: Assignment, later: Assignment) -> bool:
    if earlier.where is None and later.where is None:
        return False
    if earlier.device.valid_from == later.device.valid_from:
        return True
    return earlier.where is not None and earlier.device.valid_to is not None and _overlap(earlier.device, later.device)


def _overlap(device: Device, other: Device) -> bool:
    return all(a.valid_to is None or b.valid_from is None or b.valid_from < a.valid_to
               for a, b in ((device, other), (other, device)))  # fmt: skip


def _overlaps(where: Where | None, other: Assignment) -> RowRefusal:
    assert where is not None
    detail = f"overlaps {other}: give valid_from the time of the change, or correct valid_to"
    return RowRefusal(where, "valid_from", detail)


def _start(device: Device) -> float:
    return float("-inf") if device.valid_from is None else device.valid_from.timestamp()


def _changed(device: Device, **fields: int | datetime | None) -> Device:
    new = {name: getattr(device, name) for name in device.__struct_fields__} | fields
    return Device(**new)
