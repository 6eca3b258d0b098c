"""What is wrong with sources: silent, partly silent, late, or refused more than usual."""

from datetime import datetime, timedelta

from parking.catalogue.model import DEFAULT_VALID_FOR_S, Place
from parking.health.alarms.affected import affected_by
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition
from parking.health.alarms.of_places import find_refused, has_number, is_blind, needs_number, was_never_observed
from parking.health.alarms.sight import FeedSeen, RejectsSeen, Sight
from parking.published.availability import Availability
from parking.published.freshness import as_of
from parking.words import Fault, Problem

MISSED = 3
"""A source that did not speak when it should have so many times is silent."""

SOONEST_SILENT = timedelta(minutes=2)
WORDS_TOGETHER = timedelta(minutes=10)
"""Places whose last words lie so near to each other fell by one cause."""

FELL_TOGETHER, SHARE_TOGETHER = 5, 0.2
ALL_BUT = 0.8
FEWEST = 3
MANY_REFUSED, MANY_REFUSED_UNUSUAL, TIMES_USUAL = 20, 50, 5


def feed_conditions(sight: Sight) -> list[AlarmCondition]:
    """At most one of silent, partly silent and late for each source, one for its rejects, one where nothing arrives."""
    found = [condition for feed in _feeds(sight) if (condition := _of_feed(sight, feed))]
    found += [_jump(sight, seen) for seen in sight.rejects or () if is_jump(seen)]
    heard = [feed for feed in sight.feeds or () if feed.heard_at is not None]
    silent = [condition for condition in found if condition.kind is TroubleKind.FEED_SILENT]
    if len(heard) > 1 and len(silent) >= len(heard):
        every = tuple(sorted({id_ for condition in silent for id_ in condition.places}))
        spaces, unsized = affected_by(every, sight.places)
        sinces = [condition.since for condition in silent if condition.since is not None]
        found.append(
            AlarmCondition(
                kind=TroubleKind.NOTHING_ARRIVES,
                cause="city",
                name="",
                places=every,
                spaces=spaces,
                unsized=unsized,
                certainty=0.9,
                since=min(sinces, default=None),
                detail={"feeds": str(len(silent))},
            )
        )
    return found


def _feeds(sight: Sight) -> list[FeedSeen]:
    """Those that are seen, and those that devices in the catalogue name."""
    seen = {feed.source: feed for feed in sight.feeds or ()}
    named = {device.source for place in sight.places.values() for device in place.devices}
    return [seen.get(source, FeedSeen(source=source)) for source in sorted(seen.keys() | named)]


def places_fed(sight: Sight, source: str) -> list[Place]:
    """The places of which a device of this source observes now."""
    return [
        place
        for place in sight.places.values()
        if any(device.source == source and device.observes_at(sight.now) for device in place.devices)
    ]


def _of_feed(sight: Sight, feed: FeedSeen) -> AlarmCondition | None:
    fed = places_fed(sight, feed.source)
    said = sight.availabilities or {}
    spoken = [place for place in fed if place.id in said and not was_never_observed(said[place.id])]
    missed = [place for place in spoken if needs_number(sight, place, said[place.id])]
    if spoken and not missed:
        return None  # all of it is closed, as by night: nobody misses what it would say
    down = [place for place in missed if _is_down(said[place.id], sight.now)]
    if feed.heard_at is not None and sight.now - feed.heard_at > silent_after(feed, fed):
        certainty = 0.95 if sight.availabilities is None or len(down) == len(missed) else 0.8
        felled = [place for place in spoken if place in down or not _has_another(place, feed.source, sight.now)]
        return _condition(sight, TroubleKind.FEED_SILENT, feed, felled, certainty, feed.heard_at)
    if feed.heard_at is not None and feed.told_at is not None and sight.now - feed.told_at > _late_after(feed, fed):
        return _condition(sight, TroubleKind.FEED_LATE, feed, spoken, 0.9, feed.told_at)
    if len(down) >= FEWEST and len(down) >= ALL_BUT * len(missed) and not _is_told(feed, sight.now):
        since = max(said[place.id].observed_at or sight.now for place in down)
        return _condition(sight, TroubleKind.FEED_SILENT, feed, down, 0.8, since)
    together = _fell_together(sight, [*down, *_blind(sight, fed)])
    if len(together) >= _many(together, len(missed)):
        since = max(at for at, _ in together)
        return _condition(sight, TroubleKind.FEED_PARTLY_SILENT, feed, [place for _, place in together], 0.8, since)
    return None


def _is_told(feed: FeedSeen, now: datetime) -> bool:
    """Whether it tells of the present: then its places fell by something else."""
    return feed.told_at is not None and now - feed.told_at < SOONEST_SILENT


def _has_another(place: Place, source: str, now: datetime) -> bool:
    """Whether a second source tells of a place: then this one's silence alone takes nothing from it."""
    return any(device.source != source and device.observes_at(now) for device in place.devices)


def _is_down(availability: Availability, now: datetime) -> bool:
    """Whether it has no number because nothing is heard; what says nonsense is not silent."""
    shown = as_of(availability, now)
    return not has_number(shown) and Fault.UNUSABLE not in shown.faults


def silent_after(feed: FeedSeen, fed: list[Place]) -> timedelta:
    """How long it may say nothing: some of its turns, or as long as its most patient device's word holds."""
    if feed.every_s is not None:
        return max(SOONEST_SILENT, timedelta(seconds=MISSED * feed.every_s))
    return timedelta(seconds=_longest_contract_s(feed, fed))


def _late_after(feed: FeedSeen, fed: list[Place]) -> timedelta:
    every = timedelta(seconds=MISSED * (feed.every_s or 0))
    return max(every, timedelta(seconds=_longest_contract_s(feed, fed)))


def _longest_contract_s(feed: FeedSeen, fed: list[Place]) -> int:
    contracts = [device.valid_for_s for place in fed for device in place.devices if device.source == feed.source]
    return max(contracts, default=DEFAULT_VALID_FOR_S)


def _fell_together(sight: Sight, places: list[Place]) -> list[tuple[datetime, Place]]:
    """The most of them whose last words lie together, each with that word's time."""
    last = {place.id: (_last_word(sight, place), place) for place in places}
    fallen = sorted(last.values(), key=lambda one: (one[0], one[1].id))
    best: list[tuple[datetime, Place]] = []
    for begin, (first, _) in enumerate(fallen):
        group = [one for one in fallen[begin:] if one[0] - first <= WORDS_TOGETHER]
        best = max(best, group, key=len)
    return best


def _many(together: list[tuple[datetime, Place]], of: int) -> float:
    """How many make one cause: of streets a few, since in each of them many sensors fell."""
    if together and all(place.spaces for _, place in together):
        return FEWEST
    return max(FELL_TOGETHER, SHARE_TOGETHER * of)


def _blind(sight: Sight, fed: list[Place]) -> list[Place]:
    """The streets of which too few sensors speak, though they have a number."""
    said = sight.availabilities or {}
    return [
        place
        for place in fed
        if place.id in said and has_number(shown := as_of(said[place.id], sight.now)) and is_blind(sight, place, shown)
    ]


def _last_word(sight: Sight, place: Place) -> datetime:
    """The last word of what fell: in a street, of the sensors that are silent now."""
    silent = [one.heard_at for one in (sight.findings or {}).get(place.id, ()) if one.problem is Problem.SILENT]
    if place.spaces and (heard := [at for at in silent if at is not None]):
        return max(heard)
    return (sight.availabilities or {})[place.id].observed_at or sight.now


def _condition(
    sight: Sight, kind: TroubleKind, feed: FeedSeen, places: list[Place], certainty: float, since: datetime | None
) -> AlarmCondition:
    ids = tuple(sorted(place.id for place in places))
    spaces, unsized = affected_by(ids, sight.places)
    return AlarmCondition(
        kind=kind, cause=f"feed:{feed.source}", name=feed.source, places=ids, spaces=spaces, unsized=unsized,
        certainty=certainty, since=since,
    )  # fmt: skip


def is_jump(seen: RejectsSeen) -> bool:
    """Whether far more is refused of a source than usual."""
    if seen.usual is None:
        return seen.recent >= MANY_REFUSED_UNUSUAL
    return seen.recent >= MANY_REFUSED and seen.recent >= TIMES_USUAL * max(seen.usual, 1.0)


def _jump(sight: Sight, seen: RejectsSeen) -> AlarmCondition:
    ended = {id_: word for id_ in sight.refused if (word := find_refused(sight, id_)) is not None}
    places = tuple(sorted(id_ for id_, word in ended.items() if word.source == seen.source))
    hanging = places or tuple(place.id for place in places_fed(sight, seen.source))
    spaces, unsized = affected_by(hanging, sight.places)
    most = max(seen.reasons, key=lambda reason: (seen.reasons[reason], reason), default=None)
    return AlarmCondition(
        kind=TroubleKind.REJECTS_JUMP, cause=f"feed:{seen.source}", name=seen.source, places=places, spaces=spaces,
        unsized=unsized, certainty=0.9 if places else 0.3, since=seen.since,
        detail={"reason": most.value} if most else {},
    )  # fmt: skip
