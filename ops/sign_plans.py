"""What each sign of a city would show now and why, by the same planner as the controller's; nobody is spoken to."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ops.console import live_state
from ops.ordering import NoSuchSignError
from ops.settings import Settings
from parking.decisions.acting import DecisionNow
from parking.signs.deciding import remember
from parking.signs.model import Sign
from parking.signs.orders import Override, find_override, override_subject
from parking.signs.plan import SignPlan
from parking.signs.planner import kept_from_real, plan_sign
from parking.signs.status import SignStatus, known_limits
from parking.words import ClockBasis
from store.decisions import find_many
from store.mirror import shown_at
from store.reader import read_stored
from store.sign_status import read_status
from store.signs import list_standing
from store.snapshots import Snapshot, Stored


class PlannedSign(NamedTuple):
    """A sign, what it would show, and the order that holds on it."""

    sign: Sign
    plan: SignPlan
    override: Override | None


class PlannedCity(NamedTuple):
    """All signs of a city, or the one that was asked for, at the city's time."""

    tenant: str
    now: datetime
    zone: ZoneInfo
    signs: tuple[PlannedSign, ...]


async def plan_city(settings: Settings, tenant: str, only: str | None) -> PlannedCity:
    """Read what holds, and plan. Raises NoSuchSignError, and RedisError where Redis is away."""
    async with live_state(settings) as client:
        stored = await read_stored(client, tenant)
        signs = _wanted(stored, only)
        subjects = [sign.subject_of(line.number) for sign in signs for line in sign.lines]
        decided = await find_many(client, tenant, [*subjects, *(override_subject(sign.id) for sign in signs)])
        statuses = await read_status(client, tenant)
    return plan_stored(stored, decided, statuses, only, datetime.now(UTC))


def plan_stored(
    stored: Stored,
    decided: Mapping[str, DecisionNow],
    statuses: Mapping[str, SignStatus],
    only: str | None,
    wall: datetime,
) -> PlannedCity:
    """The plans over what was read: last decisions by subject, and what each sign last said of itself."""
    snapshot = shown_at(stored, wall)
    zone = ZoneInfo(snapshot.city.zone if snapshot.city else "UTC")
    planned = (_plan(sign, snapshot, zone, decided, statuses.get(sign.id)) for sign in _wanted(stored, only))
    return PlannedCity(stored.tenant, snapshot.now, zone, tuple(planned))


def _wanted(stored: Stored, only: str | None) -> list[Sign]:
    signs = list_standing({sign.id: sign for sign in stored.signs})
    known = ", ".join(sign.id for sign in signs[:20]) or "none yet: placelibre signs import"
    if only is not None and only not in {sign.id for sign in signs}:
        raise NoSuchSignError(f"there is no sign {only!r:.80} in {stored.tenant} (known: {known})")
    return [sign for sign in signs if only in (None, sign.id)]


def _plan(
    sign: Sign, snapshot: Snapshot, zone: ZoneInfo, decided: Mapping[str, DecisionNow], status: SignStatus | None
) -> PlannedSign:
    """As the controller does it: limits and failed pixels as the sign last said, memory from its last decisions."""
    subjects = {line.number: sign.subject_of(line.number) for line in sign.lines}
    memory = {number: remember(decided[name].decision) for number, name in subjects.items() if name in decided}
    order = decided.get(override_subject(sign.id))
    override = find_override(order.decision) if order else None
    override = override if override and override.holds_at(snapshot.now) else None
    limits = known_limits(sign, status)
    stuck = status.health.stuck if status and status.health else ()
    rows = {row.place.id: row for row in snapshot.places if row.place.id in sign.members}
    plan = plan_sign(
        sign, limits, {name: row.availability for name, row in rows.items()},
        {name: row.place for name, row in rows.items()}, memory, override, snapshot.now, zone, stuck,
    )  # fmt: skip
    is_real = snapshot.basis is ClockBasis.WALL and (snapshot.city is None or snapshot.city.pace == 1.0)
    return PlannedSign(sign, kept_from_real(plan, sign, is_real, snapshot.now), override)
