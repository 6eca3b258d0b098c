"""What is wrong with what the numbers go through: processes, the broker, Redis, clocks."""

from collections.abc import Iterator

from parking.health.alarms.affected import affected_by
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition
from parking.health.alarms.sight import Component, Sight

KIND_OF = {
    Component.BROKER: TroubleKind.BROKER_AWAY,
    Component.REDIS: TroubleKind.REDIS_AWAY,
    Component.WORKER: TroubleKind.WORKER_AWAY,
    Component.GATEWAY: TroubleKind.GATEWAY_AWAY,
    Component.INTAKE: TroubleKind.INTAKE_AWAY,
    Component.SIGN_CONTROLLER: TroubleKind.SIGN_CONTROLLER_AWAY,
}
CLOCK_APART_S = 60.0
"""Clocks that far apart make numbers look fresh that are not, or stale that are."""

CLOCK_STOPPED_S = 60.0
"""A city's clock ticks every few seconds; what stands still lets nothing expire."""


def part_conditions(sight: Sight) -> list[AlarmCondition]:
    """One condition for each component of which something is away, and one for the clock."""
    return [*_away(sight), *_clock(sight)]


def _away(sight: Sight) -> Iterator[AlarmCondition]:
    spaces, unsized = affected_by(sight.places, sight.places)
    for component, kind in KIND_OF.items():
        of_it = [probed for probed in sight.probes or () if probed.component is component]
        away = sorted(probed.name for probed in of_it if not probed.is_there)
        if away:
            sinces = [probed.since for probed in of_it if not probed.is_there and probed.since]
            yield AlarmCondition(
                kind=kind, cause=component.value, name=", ".join(away), spaces=spaces, unsized=unsized,
                certainty=1.0 if len(away) == len(of_it) else 0.5, since=min(sinces, default=None),
                detail={"away": str(len(away)), "of": str(len(of_it))},
            )  # fmt: skip


def _clock(sight: Sight) -> Iterator[AlarmCondition]:
    clock = sight.clock
    if clock is None:
        return
    spaces, unsized = affected_by(sight.places, sight.places)
    is_stopped = clock.stopped_s >= CLOCK_STOPPED_S
    if is_stopped and not any(probed.component is Component.WORKER for probed in sight.probes or ()):
        # The worker tells the time, and nobody knocks at one here: a clock that stands is a worker that is away.
        yield AlarmCondition(
            kind=TroubleKind.WORKER_AWAY, cause=Component.WORKER.value, name=Component.WORKER.value, spaces=spaces,
            unsized=unsized, certainty=0.9, since=clock.since, detail={"stopped_s": f"{clock.stopped_s:.0f}"},
        )  # fmt: skip
        is_stopped = False
    wrong = [
        name
        for name, value, limit in (
            ("city", abs(clock.city_ahead_s), CLOCK_APART_S),
            ("redis", abs(clock.redis_ahead_s), CLOCK_APART_S),
            ("city", clock.stopped_s if is_stopped else 0.0, CLOCK_STOPPED_S),
        )
        if value >= limit
    ]
    if wrong:
        yield AlarmCondition(
            kind=TroubleKind.CLOCK_TROUBLE, cause="clock", name=", ".join(wrong), spaces=spaces, unsized=unsized,
            since=clock.since, detail={"clocks": ", ".join(wrong)},
        )  # fmt: skip
