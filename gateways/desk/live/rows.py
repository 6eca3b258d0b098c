"""What the overview says of a place, and of the city in one line: plain JSON values, unknown as null, times beside.

Short on purpose: a city of 500 places must be on a screen before anybody has sat down.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gateways.desk.pages.ranking import is_known
from parking.catalogue.model import Place
from parking.instants import in_text
from parking.published.availability import Availability
from parking.signs.model import Sign
from parking.signs.status import SignStatus, is_current


def row_document(place: Place, availability: Availability) -> dict[str, Any]:
    """One place as the overview lists it; ``/v1/desk/places/{id}`` says more."""
    return {
        "id": place.id,
        "name": place.name,
        "kind": place.kind.value,
        "vacant": availability.vacant,
        "vacant_low": availability.vacant_low,
        "vacant_high": availability.vacant_high,
        "capacity": place.capacity if availability.capacity is None else availability.capacity,
        "level": availability.level.value,
        "opening": availability.opening.value,
        "basis": availability.basis.value if availability.basis else None,
        "reporting_share": availability.reporting_share,
        "faults": [fault.value for fault in availability.faults],
        "observed_at": _at(availability.observed_at),
        "valid_until": _at(availability.valid_until),
        "simulated": availability.simulated,
    }


def line_document(
    said: Iterable[Availability], signs: Iterable[Sign], statuses: Mapping[str, SignStatus] | None, wall: datetime
) -> dict[str, Any]:
    """The city in one line. ``oldest`` is when the oldest number that stands was observed.

    ``signs`` counts those at the road by what drivers see; what nobody has said for a minute is ``not_known``.
    """
    known, unknown, oldest = 0, 0, None
    for availability in said:
        if not is_known(availability):
            unknown += 1
            continue
        known += 1
        at = availability.observed_at
        oldest = at if oldest is None or (at is not None and at < oldest) else oldest
    return {"known": known, "unknown": unknown, "oldest": _at(oldest), "signs": _signs(signs, statuses or {}, wall)}


def _signs(signs: Iterable[Sign], statuses: Mapping[str, SignStatus], wall: datetime) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for sign in signs:
        status = statuses.get(sign.id)
        counts[status.state.value if status is not None and is_current(status, wall) else "not_known"] += 1
    return dict(sorted(counts.items()))


def _at(instant: datetime | None) -> str | None:
    return in_text(instant) if instant else None
