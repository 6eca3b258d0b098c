"""When what an entity measures was true: an attribute says it in one of many places, or the entity, or nobody."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from parking.words import TimeBasis
from sensors.reading.times import read_instant, since_1970
from sensors.sources.ngsi_ld.wire import NOTHING, Entity

ZONE = ZoneInfo("UTC")
"""Of times without an offset: both versions of NGSI say UTC."""

_OBSERVED = ("TimeInstant", "dateObserved", "observationDateTime", "dateObservedTo", "occupancyModified")
_CHANGED = ("dateModified", "modifiedAt")


def read_when(entity: Entity, measured: Iterable[str], arrival: datetime | None) -> tuple[datetime | None, TimeBasis]:
    """The instant and whose clock it is of: the sensor's, the broker's (when something last changed), or our own.

    None where nobody says. A time that is there and cannot be read is refused; ``arrival`` decides in autumn's hour.
    """
    for name, written, basis in _stated(entity, list(measured)):
        if isinstance(written, str) and not written.strip():
            continue
        if isinstance(written, int | float) and not isinstance(written, bool):
            written = str(written)
        return read_instant(written, name, ZONE, arrival, entity.id, _parse), basis
    return None, TimeBasis.ARRIVAL


def _stated(entity: Entity, measured: list[str]) -> Iterator[tuple[str, object, TimeBasis]]:
    """Each place in which a time stands, the nearest to the measurement first.

    Of what was measured only the first that has a value: when the gate was opened says not when cars were counted.
    """
    attributes = [(name, entity.attributes.get(name, NOTHING)) for name in measured if entity.value(name) is not None][
        :1
    ]
    places = [
        *((f"observedAt of {name}", one.observed, TimeBasis.DEVICE) for name, one in attributes),
        *((name, entity.value(name), TimeBasis.DEVICE) for name in _OBSERVED),
        *((f"modifiedAt of {name}", one.changed, TimeBasis.GATEWAY) for name, one in attributes),
        *((name, entity.value(name), TimeBasis.GATEWAY) for name in _CHANGED),
    ]
    return (place for place in places if place[1] is not None)


def _parse(text: str) -> datetime:
    """An ISO 8601 instant, of an interval its end; or a number since 1970."""
    return since_1970(text) or datetime.fromisoformat(text.rpartition("/")[2])
