"""All that is known of the city at one moment, gathered to be judged; what cannot be seen now is None, not empty."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from gateways.words.city_clock import clock_of
from parking.catalogue.model import Place
from parking.desk.refused import DAY_MINUTES, RefusedDay, RefusedGroup
from parking.health.alarms.refused import last_refused
from parking.health.alarms.sight import ClockSeen, FeedSeen, Probed, RefusedWord, RejectsSeen, Sight
from parking.health.repairs import Finding
from parking.instants import from_us
from parking.published.availability import Availability
from parking.signs.status import SignStatus
from parking.words import ClockBasis, RejectReason
from store.mirror import Mirror

_SPELL = 10


class Seen(NamedTuple):
    """What was read beside the mirror at one look; None: could not be read."""

    is_followed: bool = False
    findings: Mapping[str, Sequence[Finding]] | None = None
    statuses: Mapping[str, SignStatus] | None = None
    rejects: RefusedDay | None = None
    probes: Sequence[Probed] | None = None
    clock: ClockSeen | None = None


class FeedWatch:
    """When each source was last heard: a newer word of any of its places is what shows that it speaks."""

    def __init__(self) -> None:
        self._heard: dict[str, FeedSeen] = {}

    def look(self, places: Mapping[str, Place], said: Mapping[str, Availability], now: datetime) -> list[FeedSeen]:
        """Every source of the catalogue. At the first look a source was heard when it told of, at the latest."""
        told: dict[str, datetime | None] = {}
        for place_id, place in places.items():
            at = said[place_id].observed_at if place_id in said else None
            for source in {device.source for device in place.devices}:
                told[source] = max((one for one in (told.get(source), at) if one is not None), default=None)
        self._heard = {source: self._again(source, at, now) for source, at in told.items()}
        return [self._heard[source] for source in sorted(self._heard)]

    def _again(self, source: str, told_at: datetime | None, now: datetime) -> FeedSeen:
        before = self._heard.get(source)
        if before is None:
            return FeedSeen(source=source, heard_at=told_at, told_at=told_at)
        if told_at is None or (before.told_at is not None and told_at <= before.told_at):
            return before
        return FeedSeen(source=source, heard_at=now, told_at=told_at)


def sight_of(mirror: Mirror, feeds: FeedWatch, seen: Seen, wall: datetime) -> Sight:
    """What is known now. Where the live state cannot be followed, nothing is said of the city's numbers."""
    now = mirror.now(wall)
    is_now = mirror.basis is ClockBasis.WALL  # when a word of a recording was refused, its own clock does not say
    said: dict[str, Availability] | None = None
    heard: list[FeedSeen] | None = None
    if seen.is_followed and mirror.is_loaded:
        rows = mirror.snapshot(wall).places
        said = {row.place.id: row.received or row.availability for row in rows}
        heard = feeds.look(mirror.places, said, now)
    clock = clock_of(mirror.tenant, mirror.about)
    return Sight(
        now=now,
        zone=clock.zone if clock.is_stated else None,
        places=dict(mirror.places),
        availabilities=said,
        findings=seen.findings,
        refused=refused_words(seen.rejects, mirror.places) if seen.rejects and is_now else {},
        feeds=heard,
        rejects=rejects_seen(seen.rejects, wall) if seen.rejects else None,
        probes=seen.probes,
        clock=seen.clock,
        signs=dict(mirror.signs),
        statuses=seen.statuses,
    )


def rejects_seen(day: RefusedDay, wall: datetime) -> list[RejectsSeen]:
    """The last ten minutes of each source beside its usual ones."""
    minute = int(wall.timestamp()) // 60
    return [_of_source(source, day, minute) for source in day.sources]


def refused_words(day: RefusedDay, places: Mapping[str, Place]) -> dict[str, RefusedWord]:
    """The last word about each place that was refused."""
    return last_refused(((reject, from_us(logged_ms * 1000)) for reject, logged_ms in day.latest()), places)


def _of_source(source: str, day: RefusedDay, minute: int) -> RejectsSeen:
    groups = day.groups(lambda kind: kind.source == source)
    minutes = day.by_minute(source)
    recent = _within(minutes, minute)
    began = min((at for at in minutes if minute - _SPELL < at <= minute), default=None)
    return RejectsSeen(
        source=source, recent=recent, usual=_usual(minutes, minute), reasons=_reasons(groups, minute),
        since=from_us(began * 60_000_000) if began is not None else None,
    )  # fmt: skip


def _within(minutes: Counter[int], end: int) -> int:
    return sum(minutes[at] for at in range(end - _SPELL + 1, end + 1))


def _usual(minutes: Counter[int], minute: int) -> float:
    """The median of all earlier spells of ten minutes of the day; in most of them, of most sources, there was none."""
    ends = range(minute - _SPELL, minute - DAY_MINUTES, -_SPELL)
    return float(statistics.median(_within(minutes, end) for end in ends))


def _reasons(groups: Iterable[RefusedGroup], minute: int) -> dict[RejectReason, int]:
    counts = {group.kind.reason: _within(group.minutes, minute) for group in groups}
    return {reason: count for reason, count in counts.items() if count}
