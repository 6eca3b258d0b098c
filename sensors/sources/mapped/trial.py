"""What a mapping makes of a body, record by record, and all that it refuses: for whoever writes the mapping."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from parking.catalogue.model import Place, Point
from parking.observations import (
    DeviceFault,
    Observation,
    OpeningChanged,
    SiteCounted,
    SiteLevelled,
    SpaceObserved,
    is_unusable,
)
from parking.rejects import Reject
from parking.words import Audience, Fault, FillLevel, Opening, RejectReason, SpaceState
from sensors.contract import RecordRefusedError
from sensors.sources.mapped.adapter import MappedSource
from sensors.sources.mapped.wire import split_all


class TriedRow(NamedTuple):
    """What one record says of one audience. ``vacant`` is None where no number came of it; ``fault`` says why."""

    device_id: str
    name: str | None
    category: Audience | None
    vacant: int | None
    capacity: int | None
    level: FillLevel | None
    state: SpaceState | None
    opening: Opening | None
    fault: Fault | None
    observed_at: datetime
    age_s: int
    point: Point | None


class TriedRefusal(NamedTuple):
    """What was refused: of what, why, what became of it, and its first bytes."""

    reject: Reject
    sentence: str


class Trial(NamedTuple):
    """A mapping tried on bodies. ``left_out`` is how many records [body] does not mean."""

    rows: Sequence[TriedRow]
    refusals: Sequence[TriedRefusal]
    counts: Mapping[str, int]


def try_mapping(source: MappedSource, bodies: Iterable[bytes], now: datetime, recorded: bool) -> Trial:
    """Read bodies by a mapping, as polling does (or replay, where they are ``recorded``), and keep all of it."""
    rows, refusals, left_out, records, places = [], [], 0, 0, 0
    for body in bodies:
        decoded = source.decode(body, tenant="trial", received_at=now, recorded=recorded)
        declared = source.places(body, {}, tenant="trial", received_at=now)
        rows += list(_rows(decoded.observations, _by_device(declared.places)))
        ended = {seen.device_id for seen in decoded.observations if is_unusable(seen)}
        refusals += [TriedRefusal(one, _sentence(one, ended)) for one in decoded.rejects]
        refusals += [TriedRefusal(one, "the place comes in without it") for one in declared.rejects]
        found = _meant(source, body)
        records, left_out = records + len(found), left_out + found.count(False)
        places += len(declared.places)
    said = Counter(
        "states" if row.state else "levels" if row.level else "counts" if row.vacant is not None else "unknown"
        for row in rows
    )
    names = ("counts", "levels", "states", "unknown")
    counts = {"records": records, "left_out": left_out, "places": places, **{name: said[name] for name in names}}
    return Trial(rows, refusals, counts | {"refused": len(refusals)})


def _meant(source: MappedSource, body: bytes) -> list[bool]:
    try:
        return [
            isinstance(record, RecordRefusedError) or source.plan.meant.passes(record.around)
            for record in split_all(body, source.plan)
        ]
    except RecordRefusedError:
        return []


def _by_device(places: Iterable[Place]) -> dict[str, tuple[str, Point | None]]:
    """A name and a point for each device: a bay's own, or its place's."""
    found = {}
    for place in places:
        for device in place.devices:
            point = place.point if device.slot is None else place.spaces[device.slot].point
            found[device.id] = (place.name, point)
    return found


def _rows(seen: Iterable[Observation], places: Mapping[str, tuple[str, Point | None]]) -> Iterator[TriedRow]:
    """A row for each number, level, state or want of one; an opening stands in the rows of its record."""
    opening: dict[tuple[str, datetime], Opening] = {}
    with_row = set()
    observations = list(seen)
    for one in observations:
        if isinstance(one, OpeningChanged):
            opening[one.device_id or "", one.observed_at] = one.opening
        else:
            with_row.add((one.device_id or "", one.observed_at))
    for one in observations:
        key = (one.device_id or "", one.observed_at)
        if not isinstance(one, OpeningChanged) or key not in with_row:
            name, point = places.get(key[0], (None, None))
            yield TriedRow(
                key[0], name,
                one.category if isinstance(one, SiteCounted | SiteLevelled | DeviceFault) else None,
                one.vacant if isinstance(one, SiteCounted) else None,
                one.capacity if isinstance(one, SiteCounted | SiteLevelled) else None,
                one.level if isinstance(one, SiteLevelled) else None,
                one.state if isinstance(one, SpaceObserved) else None,
                opening.get(key), one.fault if isinstance(one, DeviceFault) else None,
                one.observed_at, int((one.received_at - one.observed_at).total_seconds()), point,
            )  # fmt: skip


def _sentence(reject: Reject, ended: set[str]) -> str:
    """What became of a refused record."""
    if reject.reason is RejectReason.MALFORMED_BODY:
        return "nothing of the body is read"
    if reject.device_id in ended:
        return "its number is unknown from then on; the record stays among the rejects"
    if reject.reason is RejectReason.BAD_COORDINATES:
        return "the rest of the record comes in"
    return "the record stays among the rejects, and says nothing of any place"
