"""What is wrong with places: numbers unknown, withdrawn or impossible, counters and sensors to be doubted.

A place that lets nobody in needs no number. Places from which nothing was ever heard are one standing line, and so are
the single sensors of streets: for those the repair round is the answer, and not 400 alarms.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from parking.catalogue.model import Place
from parking.health.alarms.affected import affected_by
from parking.health.alarms.hours import was_just_closed
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition
from parking.health.alarms.sight import RefusedWord, Sight
from parking.health.alarms.willed import ignored_devices, is_without_number_by_will
from parking.health.repairs import LISTED, Finding
from parking.published.availability import Availability
from parking.published.freshness import as_of, is_stale
from parking.words import Fault, FillLevel, Opening, Problem, RejectReason

BLIND_BELOW = 0.5
"""A street of which fewer sensors speak is an alarm of its own."""

FALLEN_SHARE = 0.25
"""So many of a blind street's sensors must have spoken once, and be silent or faulty now."""

WAKES_WITHIN = timedelta(minutes=15)
"""A place that has just opened may still be waking up."""

SHUT = frozenset({Opening.CLOSED, Opening.CLOSED_ABNORMAL, Opening.SUBSCRIBERS_ONLY})
_SILENT = (Problem.SILENT, Problem.NEVER_HEARD)
_IMPOSSIBLE = frozenset({RejectReason.NEGATIVE_COUNT, RejectReason.FREE_ABOVE_CAPACITY})
_KINDS = {
    Problem.SILENT: TroubleKind.COUNTER_SILENT,
    Problem.NEVER_HEARD: TroubleKind.COUNTER_SILENT,
    Problem.FAULT: TroubleKind.COUNTER_FAULT,
    Problem.RESTARTING: TroubleKind.COUNTER_FAULT,
    Problem.FLAPPING: TroubleKind.COUNTER_FAULT,
    Problem.UNCHANGED: TroubleKind.COUNTER_STUCK,
    Problem.COUNTER_DRIFT: TroubleKind.COUNTER_DRIFT,
}


def place_conditions(sight: Sight, silenced: frozenset[str] = frozenset()) -> list[AlarmCondition]:
    """Those of single places, the standing line of places never observed, and that of sensors to be visited.

    The sensors of ``silenced`` places are silent because their feed is: nobody need visit them for that.
    """
    found = [*_numbers(sight), *_counters(sight)]
    return [*found, *_never_observed(sight), *_sensors(sight, silenced)]


def has_number(shown: Availability) -> bool:
    """Whether anything is known of how many spaces are vacant: a number, a bound, or a level."""
    numbers = (shown.vacant, shown.vacant_low, shown.vacant_high)
    return any(number is not None for number in numbers) or shown.level is not FillLevel.UNKNOWN


def is_blind(sight: Sight, place: Place, shown: Availability) -> bool:
    """Whether it is a street of which too few sensors speak, and many have fallen silent.

    Those that were never heard are no fall: so is every street of a city that has just begun.
    """
    if not place.spaces or shown.reporting_share is None or shown.reporting_share >= BLIND_BELOW:
        return False
    if sight.findings is None:
        return True
    listed = sight.findings.get(place.id, ())
    fallen = {(one.source, one.device_id) for one in listed if one.problem in (Problem.SILENT, Problem.FAULT)}
    return len(fallen) >= FALLEN_SHARE * len(place.spaces)


def needs_number(sight: Sight, place: Place, availability: Availability) -> bool:
    """Whether anybody misses a number that is not known: nobody does where nobody is let in.

    That is as was said last, or by the opening hours where nothing is said; and nobody does where a person willed it.
    """
    if availability.opening in SHUT or is_without_number_by_will(availability, place, sight.now):
        return False
    if place.opening_hours is None or sight.zone is None:
        return True
    return not was_just_closed(place.opening_hours, sight.now.astimezone(sight.zone), WAKES_WITHIN)


def fell_at(availability: Availability, now: datetime) -> datetime | None:
    """When its number ended: when it expired, or when it was last observed."""
    if is_stale(availability.valid_until, now):
        return availability.valid_until
    return availability.observed_at


def find_refused(sight: Sight, place_id: str) -> RefusedWord | None:
    """The refused word that ended the number of a place; None where there is none since its last good one."""
    word, availability = sight.refused.get(place_id), (sight.availabilities or {}).get(place_id)
    if word is None or availability is None or has_number(as_of(availability, sight.now)):
        return None
    return word if availability.observed_at is None or word.at >= availability.observed_at else None


def was_never_observed(availability: Availability) -> bool:
    """Whether nothing was ever heard of it."""
    return availability.observed_at is None and not has_number(availability)


def _numbers(sight: Sight) -> Iterator[AlarmCondition]:
    for id_, place in sight.places.items():
        availability = (sight.availabilities or {}).get(id_)
        if availability is None or was_never_observed(availability) or not needs_number(sight, place, availability):
            continue
        kind, certainty = _number_kind(sight, place, availability)
        if kind is not None:
            refused = find_refused(sight, id_)
            faults = as_of(availability, sight.now).faults
            spaces, unsized = affected_by([id_], sight.places)
            yield AlarmCondition(
                kind=kind, cause=f"place:{id_}", name=place.name, places=(id_,), spaces=spaces, unsized=unsized,
                certainty=certainty, since=refused.at if refused else fell_at(availability, sight.now),
                detail={"fault": faults[0].value} if faults else {},
            )  # fmt: skip


def _number_kind(sight: Sight, place: Place, availability: Availability) -> tuple[TroubleKind | None, float]:
    shown = as_of(availability, sight.now)
    if not has_number(shown):
        refused = find_refused(sight, place.id)
        if Fault.UNUSABLE in shown.faults or refused is not None:
            impossible = refused is not None and refused.reason in _IMPOSSIBLE
            return TroubleKind.NUMBER_IMPOSSIBLE if impossible else TroubleKind.NUMBER_WITHDRAWN, 1.0
        return TroubleKind.STREET_BLIND if place.spaces else TroubleKind.NUMBER_UNKNOWN, 1.0
    if _cannot_be(shown):
        return TroubleKind.NUMBER_IMPOSSIBLE, 1.0
    if is_blind(sight, place, shown):
        return TroubleKind.STREET_BLIND, 0.8
    return None, 0.0


def _cannot_be(shown: Availability) -> bool:
    vacant, low, high = shown.vacant, shown.vacant_low, shown.vacant_high
    return (
        (low is not None and high is not None and low > high)
        or (vacant is not None and vacant < 0)
        or (vacant is not None and shown.capacity is not None and vacant > shown.capacity)
    )


def _never_observed(sight: Sight) -> Iterator[AlarmCondition]:
    said = sight.availabilities or {}
    silent = tuple(sorted(id_ for id_ in sight.places if id_ in said and was_never_observed(said[id_])))
    if silent:
        spaces, unsized = affected_by(silent, sight.places)
        yield AlarmCondition(
            kind=TroubleKind.NEVER_OBSERVED, cause="city", name="", places=silent, spaces=spaces, unsized=unsized
        )


def _listed(sight: Sight, *, is_street: bool) -> Iterator[tuple[Place, list[Finding]]]:
    for id_, findings in sorted((sight.findings or {}).items()):
        place = sight.places.get(id_)
        if place is not None and bool(place.spaces) is is_street:
            ignored = ignored_devices((sight.availabilities or {}).get(id_), sight.now)
            yield (
                place,
                [
                    finding
                    for finding in findings
                    if finding.certainty >= LISTED and f"{finding.source}/{finding.device_id}" not in ignored
                ],
            )


def _counters(sight: Sight) -> Iterator[AlarmCondition]:
    """Of each car park and kind one condition with all its devices."""
    for place, listed in _listed(sight, is_street=False):
        findings = [finding for finding in listed if not _has_spoken_since(sight, place, finding)]
        by_kind: dict[TroubleKind, list[Finding]] = {}
        for finding in findings:
            if (kind := _KINDS.get(finding.problem)) is not None:
                by_kind.setdefault(kind, []).append(finding)
        for kind, of_it in by_kind.items():
            spaces, unsized = affected_by([place.id], sight.places)
            problems = sorted({finding.problem.value for finding in of_it})
            yield AlarmCondition(
                kind=kind, cause=f"place:{place.id}", name=place.name, places=(place.id,), devices=devices_of(of_it),
                spaces=spaces, unsized=unsized, certainty=round(max(finding.certainty for finding in of_it), 1),
                since=_began(of_it), detail={"problem": ", ".join(problems)},
            )  # fmt: skip


def _has_spoken_since(sight: Sight, place: Place, finding: Finding) -> bool:
    """Whether the only device of a place, found silent some minutes ago, has given it a number since."""
    said = (sight.availabilities or {}).get(place.id)
    if said is None or said.observed_at is None or finding.problem not in _SILENT:
        return False
    is_alone = sum(device.observes_at(sight.now) for device in place.devices) == 1
    return is_alone and said.observed_at > finding.seen_at and has_number(as_of(said, sight.now))


def devices_of(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Their names, as source/id."""
    return tuple(sorted({f"{finding.source}/{finding.device_id}" for finding in findings}))


def _began(findings: Sequence[Finding]) -> datetime | None:
    return min((finding.since for finding in findings if finding.since is not None), default=None)


def _sensors(sight: Sight, silenced: frozenset[str]) -> Iterator[AlarmCondition]:
    """The standing line: every doubtful sensor of the streets, and every weak battery."""
    found = [finding for _, findings in _listed(sight, is_street=True) for finding in findings]
    for _, findings in _listed(sight, is_street=False):
        found += [finding for finding in findings if finding.problem not in _KINDS]
    found = [one for one in found if one.problem is not Problem.SILENT or one.place_id not in silenced]
    if found:
        yield AlarmCondition(
            kind=TroubleKind.SENSORS_TO_VISIT, cause="city", name="", devices=devices_of(found),
            places=tuple(sorted({finding.place_id for finding in found})),
            spaces=sum(finding.weight for finding in found), since=_began(found),
            certainty=round(sum(finding.certainty for finding in found) / len(found), 1),
        )  # fmt: skip
