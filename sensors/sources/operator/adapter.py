"""What people at the desk say, as observations. Field table: docs/mapping/operator.md.

A word of theirs is about a place and is of no device, so the place stands where others have their device. One that is
refused ends no number: a slip of the desk's says nothing about a counter.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from parking.errors import InvalidObservationError
from parking.observations import OPERATOR, Observation, OperatorOverride, SiteRecounted, make_event_id
from parking.printable import is_one_line
from parking.words import Audience, OverrideAspect, OverrideReason, RejectReason, TimeBasis
from sensors.contract import Declared, Decoded, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.times import require_arrived, require_set
from sensors.sources.operator.wire import CountedByEye, Released, SetByHand, Told, read_told

INFO = SourceInfo(
    id=OPERATOR,
    name="The operators' desk",
    zone="UTC",
    licence=None,
    licence_by="the city whose operators say it",
    url="docs/mapping/operator.md",
    time_basis=TimeBasis.DEVICE,
    audiences=tuple(Audience),
    valid_for_s=15 * 60,
    is_public=False,
)

_NAMES: Mapping[OverrideAspect, frozenset[str]] = {
    OverrideAspect.OPENING: frozenset(),
    OverrideAspect.NUMBER: frozenset({"category"}),
    OverrideAspect.SPACE: frozenset({"space"}),
    OverrideAspect.DEVICE: frozenset({"source", "device"}),
}
"""What else names the thing that is set."""


def decode(payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
    """See sensors.contract.Adapter. What is recorded arrived when it was said."""
    ledger = Ledger(tenant, INFO.id, received_at)
    told = ledger.open(payload, read_told)
    if told is None:
        return ledger.decoded()
    try:
        ledger.observations.append(_observe(told, tenant, _utc(told.said_at, "said_at") if recorded else received_at))
    except RecordRefusedError as error:
        ledger.refuse(error, payload)
    except InvalidObservationError as error:
        ledger.refuse(RecordRefusedError(RejectReason.MALFORMED_RECORD, f"{error}; nothing was ordered"), payload)
    return ledger.decoded(max((seen.received_at for seen in ledger.observations), default=None))


def places(recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime) -> Declared:
    """None: people at the desk speak of places that the city's catalogue has."""
    return Declared([], [])


def _observe(told: Told, tenant: str, received_at: datetime) -> Observation:
    """The one observation that a command is. Raises RecordRefusedError or InvalidObservationError."""
    if told.tenant != tenant:
        detail = f"a command for city {told.tenant!r:.80}, sent to city {tenant}: nothing was ordered; send it there"
        raise RecordRefusedError(RejectReason.NOT_ALLOWED, detail)
    for name in ("place", "decision", "author", "note"):
        if (text := getattr(told, name)) is not None and not (text.strip() and is_one_line(text)):
            detail = f"{name} is {text!r:.80}: a line that can be read is needed; nothing was ordered"
            raise RecordRefusedError(RejectReason.WRONG_TYPE, detail)
    said_at = _utc(told.said_at, "said_at")
    counted_at = told.counted_at if isinstance(told, CountedByEye) else None
    observed_at = said_at if counted_at is None else _utc(counted_at, "counted_at")
    require_arrived(observed_at, received_at, "said_at" if counted_at is None else "counted_at")
    kind, values = _values(told)
    made: Observation = kind(
        event_id=make_event_id(INFO.id, told.place, observed_at, told.decision),
        tenant=tenant,
        source=INFO.id,
        device_id=told.place,
        observed_at=observed_at,
        received_at=received_at,
        time_basis=INFO.time_basis,
        author=told.author,
        note=told.note,
        **values,
    )
    return made


def _values(told: Told) -> tuple[type[SiteRecounted | OperatorOverride], dict[str, Any]]:
    """The type of what is said, and its own fields."""
    if isinstance(told, CountedByEye):
        return SiteRecounted, {"vacant": told.vacant, "category": told.category}
    values = {**_thing(told), "aspect": told.aspect, "decision": told.decision}
    if not isinstance(told, SetByHand):
        end = _utc(told.said_at, "said_at")
        return OperatorOverride, {**values, "released": True, "expires_at": end, "reason": OverrideReason.OTHER}
    values |= {"reason": told.reason, "expires_at": _utc(told.expires_at, "expires_at")}
    return OperatorOverride, {**values, **_what(told)}


def _thing(told: Released) -> dict[str, Any]:
    """The names of the thing that is set; exactly those that its aspect has."""
    wanted = _NAMES[told.aspect]
    for name in ("category", "space", "source", "device"):
        if (getattr(told, name) is not None) is not (name in wanted):
            raise _not_so(told, f"needs {name}" if name in wanted else f"has no {name}")
    category = {} if told.category is None else {"category": told.category}
    return {**category, "space": told.space, "of_source": told.source, "of_device": told.device}


def _what(told: SetByHand) -> dict[str, Any]:
    """What is set: an opening has one, a number is said or not to be used, and nothing else has either."""
    if (told.opening is not None) is not (told.aspect is OverrideAspect.OPENING):
        raise _not_so(told, "needs opening" if told.opening is None else "has no opening")
    is_said = (told.vacant is not None) + told.unusable
    if told.aspect is OverrideAspect.NUMBER and is_said != 1:
        raise _not_so(told, 'needs one of vacant and "unusable": true')
    if told.aspect is not OverrideAspect.NUMBER and is_said:
        raise _not_so(told, "has no number")
    return {"opening": told.opening, "vacant": told.vacant}


def _not_so(told: Released, why: str) -> RecordRefusedError:
    detail = f"an override of {told.aspect} {why}: nothing was ordered"
    return RecordRefusedError(RejectReason.MALFORMED_RECORD, detail)


def _utc(stated: datetime, name: str) -> datetime:
    try:
        return require_set(stated.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        detail = f"{name} {stated.isoformat():.60} is no time: {error!s:.80}; nothing was ordered"
        raise RecordRefusedError(RejectReason.BAD_TIME, detail) from error
