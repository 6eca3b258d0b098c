"""All that is known of a city at one moment, as the watcher gives it to be judged. None is: not seen now.

Nothing is concluded from what is not seen: an alarm about it neither comes nor goes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from enum import StrEnum

import msgspec

from parking.catalogue.model import Place
from parking.health.repairs import Finding
from parking.published.availability import Availability
from parking.signs.model import Sign
from parking.signs.status import SignStatus
from parking.words import RejectReason


class Component(StrEnum):
    """What the city's numbers go through."""

    BROKER = "broker"
    REDIS = "redis"
    WORKER = "worker"
    GATEWAY = "gateway"
    INTAKE = "intake"
    SIGN_CONTROLLER = "sign_controller"


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """A process that was asked whether it is there. ``since`` is when it was last there, or first found away.

    Of several with one ``component`` each has a ``name`` of its own.
    """

    component: Component
    name: str
    is_there: bool
    since: datetime | None = None
    detail: str = ""


class FeedSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A source: when anything of it last arrived (``heard_at``), and the newest time that it told of (``told_at``).

    ``every_s`` is how often it speaks, None where that is not known.
    """

    source: str
    heard_at: datetime | None = None
    told_at: datetime | None = None
    every_s: float | None = None


class RejectsSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What was refused of a source in the last ten minutes, and in ten minutes as it usually is.

    ``usual`` is the median of the ten minutes of the last day, or as long as there is; None: not known yet.
    ``since`` is when the first of these was refused, ``reasons`` how many for which.
    """

    source: str
    recent: int
    usual: float | None = None
    since: datetime | None = None
    reasons: Mapping[RejectReason, int] = {}


class RefusedWord(msgspec.Struct, frozen=True, kw_only=True):
    """The last word about a place that was refused, by which its number ended."""

    reason: RejectReason
    at: datetime
    source: str


class ClockSeen(msgspec.Struct, frozen=True, kw_only=True):
    """How far the city's clock, or Redis' machine, stands from this one, in seconds ahead; and what stands still.

    ``stopped_s`` is for how long no tick has come, while the worker is there.
    """

    city_ahead_s: float = 0.0
    redis_ahead_s: float = 0.0
    stopped_s: float = 0.0
    since: datetime | None = None


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What is known at ``now`` (the city's clock).

    ``places`` are the catalogue by id; ``availabilities`` are as published, with their own ``valid_until``;
    ``findings`` the repairs of each place; ``refused`` the word that ended a number, of the places that have one.
    ``signs`` are the inventory by id, ``statuses`` what the controller wrote of them. ``zone`` is that in which the
    city reads the time; None is unknown, and opening hours are then not read.
    """

    now: datetime
    zone: tzinfo | None = None
    places: Mapping[str, Place] = {}
    availabilities: Mapping[str, Availability] | None = None
    findings: Mapping[str, Sequence[Finding]] | None = None
    refused: Mapping[str, RefusedWord] = {}
    feeds: Sequence[FeedSeen] | None = None
    rejects: Sequence[RejectsSeen] | None = None
    probes: Sequence[Probed] | None = None
    clock: ClockSeen | None = None
    signs: Mapping[str, Sign] = {}
    statuses: Mapping[str, SignStatus] | None = None
