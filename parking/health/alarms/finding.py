"""Everything that is wrong in what is seen, each condition under the cause that explains it."""

from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition
from parking.health.alarms.of_feeds import feed_conditions
from parking.health.alarms.of_parts import part_conditions
from parking.health.alarms.of_places import place_conditions
from parking.health.alarms.of_signs import sign_conditions
from parking.health.alarms.sight import Sight
from parking.health.alarms.under import put_under

_PARTS = frozenset(
    {
        TroubleKind.BROKER_AWAY,
        TroubleKind.REDIS_AWAY,
        TroubleKind.WORKER_AWAY,
        TroubleKind.GATEWAY_AWAY,
        TroubleKind.INTAKE_AWAY,
    }
)
_NUMBERS = frozenset(
    {
        TroubleKind.NUMBER_UNKNOWN,
        TroubleKind.NUMBER_WITHDRAWN,
        TroubleKind.NUMBER_IMPOSSIBLE,
        TroubleKind.STREET_BLIND,
        TroubleKind.NEVER_OBSERVED,
        TroubleKind.FEED_PARTLY_SILENT,
    }
)
_DEVICES = frozenset(
    {
        TroubleKind.COUNTER_SILENT,
        TroubleKind.COUNTER_FAULT,
        TroubleKind.COUNTER_STUCK,
        TroubleKind.COUNTER_DRIFT,
        TroubleKind.SENSORS_TO_VISIT,
    }
)
_FEEDS = frozenset({TroubleKind.FEED_SILENT, TroubleKind.FEED_LATE, TroubleKind.NOTHING_ARRIVES})
_SIGNS = frozenset(kind for kind in TroubleKind if kind.value.startswith(("sign_", "signs_")))


def find_conditions(sight: Sight) -> list[AlarmCondition]:
    """All conditions at ``sight.now``, causes and consequences; a consequence names the root of its causes."""
    parts = part_conditions(sight)
    feeds = feed_conditions(sight)
    silent = (TroubleKind.FEED_SILENT, TroubleKind.FEED_PARTLY_SILENT)
    silenced = frozenset(id_ for feed in feeds if feed.kind in silent for id_ in feed.places)
    places = place_conditions(sight, silenced)
    return put_under(sight, parts, feeds, places, sign_conditions(sight))


def list_unseen(sight: Sight) -> frozenset[TroubleKind]:
    """The kinds of which this sight can say nothing: alarms of these neither come nor go by it."""
    unseen: frozenset[TroubleKind] = frozenset()
    for seen, kinds in (
        (sight.probes, _PARTS),
        (sight.clock, {TroubleKind.CLOCK_TROUBLE}),
        (sight.feeds, _FEEDS),
        (sight.rejects, {TroubleKind.REJECTS_JUMP}),
        (sight.availabilities, _NUMBERS),
        (sight.findings, _DEVICES),
        (sight.statuses, _SIGNS),
    ):
        unseen |= frozenset(kinds) if seen is None else frozenset()
    return unseen
