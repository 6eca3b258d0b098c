"""One cause is one alarm: what another condition explains is put under it, and names the root.

A condition is explained only where it began no earlier than its cause: what was wrong before is wrong for itself.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition
from parking.health.alarms.of_feeds import places_fed
from parking.health.alarms.sight import Sight

EARLIER = timedelta(minutes=10)
"""Nobody notices everything at once: a consequence may show so long before its cause does."""

_K = TroubleKind
_FOUNDATIONS = (_K.BROKER_AWAY, _K.REDIS_AWAY)
_NUMBERS = frozenset({_K.NUMBER_UNKNOWN, _K.NUMBER_WITHDRAWN, _K.NUMBER_IMPOSSIBLE, _K.STREET_BLIND})
_COUNTERS = frozenset({_K.COUNTER_SILENT, _K.COUNTER_FAULT, _K.COUNTER_STUCK, _K.COUNTER_DRIFT})
_FEED_KINDS = (_K.REJECTS_JUMP, _K.FEED_SILENT, _K.FEED_LATE, _K.FEED_PARTLY_SILENT)
_PROCESSES = (_K.WORKER_AWAY, _K.GATEWAY_AWAY, _K.INTAKE_AWAY, _K.SIGN_CONTROLLER_AWAY)
_OF_ARRIVAL = (_K.INTAKE_AWAY, _K.NOTHING_ARRIVES)
_LINES = frozenset({_K.NEVER_OBSERVED, _K.SENSORS_TO_VISIT})


def put_under(
    sight: Sight,
    parts: list[AlarmCondition],
    feeds: list[AlarmCondition],
    places: list[AlarmCondition],
    signs: list[AlarmCondition],
) -> list[AlarmCondition]:
    """All of them, once each by id, every consequence with the id of the root of its causes."""
    every = {condition.id: condition for condition in (*parts, *feeds, *places, *signs)}
    causes = _Causes(sight, every.values())
    under = {id_: causes.find_cause(condition) for id_, condition in every.items()}
    return [
        msgspec.structs.replace(condition, under=_root(id_, under)) if under[id_] else condition
        for id_, condition in every.items()
    ]


def _root(id_: str, under: dict[str, str | None]) -> str | None:
    seen = {id_}
    above = under[id_]
    while above is not None and under[above] is not None and above not in seen:
        seen.add(above)
        above = under[above]
    return above


class _Causes:
    """Finds what explains a condition, among all that there are."""

    def __init__(self, sight: Sight, conditions: Iterable[AlarmCondition]) -> None:
        self._by_kind: dict[TroubleKind, list[AlarmCondition]] = {}
        self._numbers: dict[str, AlarmCondition] = {}
        for condition in conditions:
            self._by_kind.setdefault(condition.kind, []).append(condition)
            if condition.kind in _NUMBERS:
                self._numbers[condition.places[0]] = condition
        self._feeds: dict[str, list[AlarmCondition]] = {}
        for kind in _FEED_KINDS:
            for feed in self._by_kind.get(kind, ()):
                # what is said of a whole source explains all that it feeds; of a part, that part
                fed = feed.places if kind is _K.FEED_PARTLY_SILENT else [p.id for p in places_fed(sight, feed.name)]
                for place in fed:
                    self._feeds.setdefault(place, []).append(feed)

    def find_cause(self, condition: AlarmCondition) -> str | None:
        """The id of what explains it best, or None."""
        for cause in self._candidates(condition):
            if cause.id != condition.id and _may_explain(cause, condition):
                return cause.id
        return None

    def _all(self, kinds: Iterable[TroubleKind]) -> Iterator[AlarmCondition]:
        for kind in kinds:
            yield from self._by_kind.get(kind, ())

    def _candidates(self, condition: AlarmCondition) -> Iterator[AlarmCondition]:
        """What may explain it, the deepest first."""
        kind = condition.kind
        if kind in _LINES or kind is _K.BROKER_AWAY:
            return
        if kind is _K.REDIS_AWAY:
            yield from self._all((_K.BROKER_AWAY,))
            return
        yield from self._all(_FOUNDATIONS)
        if kind in _PROCESSES:
            return
        yield from self._all((_K.WORKER_AWAY,))
        if kind is _K.CLOCK_TROUBLE:
            return
        yield from self._of_data(condition)
        if condition.signs:
            yield from self._of_sign(condition)

    def _of_data(self, condition: AlarmCondition) -> Iterator[AlarmCondition]:
        kind = condition.kind
        if kind is _K.REJECTS_JUMP:
            yield from self._all((_K.CLOCK_TROUBLE,))
        elif kind is _K.NOTHING_ARRIVES:
            yield from self._all((_K.CLOCK_TROUBLE, _K.INTAKE_AWAY))
        elif kind in _FEED_KINDS:
            yield from self._all((_K.CLOCK_TROUBLE, *_OF_ARRIVAL))
            yield from (one for one in self._all((_K.REJECTS_JUMP,)) if one.name == condition.name)
        elif kind in _NUMBERS:
            yield from self._of_place(condition)
        elif kind in _COUNTERS:
            if (number := self._numbers.get(condition.places[0])) is not None:
                yield number
            if kind is _K.COUNTER_SILENT:
                yield from self._of_place(condition)

    def _of_place(self, condition: AlarmCondition) -> Iterator[AlarmCondition]:
        yield from self._all((_K.CLOCK_TROUBLE, *_OF_ARRIVAL))
        yield from self._feeds.get(condition.places[0], ())

    def _of_sign(self, condition: AlarmCondition) -> Iterator[AlarmCondition]:
        yield from self._all((_K.SIGN_CONTROLLER_AWAY,))
        if condition.kind is _K.SIGN_SILENT:
            yield from self._all((_K.SIGNS_SILENT,))
        if condition.kind is _K.SIGN_DARK:
            for place in condition.places:
                if (number := self._numbers.get(place)) is not None:
                    yield number
            yield from (one for one in self._all((_K.NEVER_OBSERVED,)) if set(one.places) & set(condition.places))


def _may_explain(cause: AlarmCondition, condition: AlarmCondition) -> bool:
    if condition.kind in (_K.SIGN_DARK, *_COUNTERS) and cause.kind in _NUMBERS:
        return True
    if cause.since is None or condition.since is None:
        return True
    return condition.since >= cause.since - EARLIER
