"""A tenant at one instant: as Redis holds it (``Stored``), and as it may be shown (``Snapshot``).

Between the two stands the mirror alone (``store.mirror``): whoever shows something has had it judged there.
"""

from datetime import datetime
from typing import NamedTuple

from parking.catalogue.model import Place, Tenant
from parking.clock import Clock
from parking.published.availability import Availability
from parking.signs.model import Sign
from parking.words import ClockBasis
from store.changes import ChangesPosition


class Stored(NamedTuple):
    """What Redis holds of a tenant: each place with what was last received of it, whether that still holds or not.

    ``clock`` is the latest tick, None before the first. ``position`` is that of the last change it contains: following
    the change stream from there misses nothing. ``city`` is None until a worker has written it.
    """

    tenant: str
    clock: Clock | None
    position: ChangesPosition
    places: list[tuple[Place, Availability]]
    city: Tenant | None = None
    signs: tuple[Sign, ...] = ()


class PlaceNow(NamedTuple):
    """A place, what may be said about it at ``Snapshot.now``, and what was received where that differs."""

    place: Place
    availability: Availability
    received: Availability | None = None


class Snapshot(NamedTuple):
    """Everything that may be said of a tenant at ``now``: the reader's own time, or for a replay the recording's."""

    tenant: str
    now: datetime
    basis: ClockBasis
    position: ChangesPosition
    places: list[PlaceNow]
    city: Tenant | None = None
