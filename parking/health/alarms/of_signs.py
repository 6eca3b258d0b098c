"""What is wrong with signs: of each sign one condition, its worst; many silent at once are one."""

from collections.abc import Iterator
from datetime import datetime

from parking.health.alarms.affected import affected_by
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition
from parking.health.alarms.sight import Sight
from parking.signs.model import Sign
from parking.signs.status import STATUS_HOLDS, AlarmKind, SignState, SignStatus
from parking.signs.words import DarkBecause, SignMode

MANY_SILENT, SHARE_SILENT = 3, 0.5

_WORST_FIRST = (
    (AlarmKind.DISPLAYED_IS_NOT_COMMANDED, TroubleKind.SIGN_WRONG),
    (AlarmKind.ILLEGIBLE, TroubleKind.SIGN_ILLEGIBLE),
    (AlarmKind.SILENT, TroubleKind.SIGN_SILENT),
    (AlarmKind.NOT_VISIBLE, TroubleKind.SIGN_NOT_VISIBLE),
    (AlarmKind.NOT_RECORDED, TroubleKind.SIGN_NOT_RECORDED),
    (AlarmKind.REFUSED, TroubleKind.SIGN_REFUSED),
    (AlarmKind.PLAN, TroubleKind.SIGN_PLAN),
    (AlarmKind.FAULT, TroubleKind.SIGN_FAULT),
    (AlarmKind.FAIL_SAFE_NOT_SET, TroubleKind.SIGN_NOT_SAFE),
)
_STATES = {
    SignState.WRONG: TroubleKind.SIGN_WRONG,
    SignState.SILENT: TroubleKind.SIGN_SILENT,
    SignState.NOT_VISIBLE: TroubleKind.SIGN_NOT_VISIBLE,
    SignState.TAKEN: TroubleKind.SIGN_TAKEN,
}
_TROUBLED = frozenset(
    {
        DarkBecause.UNKNOWN,
        DarkBecause.STALE,
        DarkBecause.IMPOSSIBLE,
        DarkBecause.FEW_REPORT,
        DarkBecause.NOT_CATALOGUED,
        DarkBecause.NO_FORM_FITS,
        DarkBecause.ILLEGIBLE,
    }
)
"""Why a line is dark that should not be; by schedule, by order or for want of a real city it rightly is."""


def sign_conditions(sight: Sight) -> list[AlarmCondition]:
    """One for each sign in service with trouble, or one for all where the controller writes nothing any more."""
    watched = {id_: sign for id_, sign in sight.signs.items() if sign.mode is SignMode.IN_SERVICE}
    statuses = {id_: status for id_, status in (sight.statuses or {}).items() if id_ in watched}
    if statuses and all(sight.now - status.at > STATUS_HOLDS for status in statuses.values()):
        last = max(status.at for status in statuses.values())
        return [_many(sight, TroubleKind.SIGN_CONTROLLER_AWAY, "sign_controller", watched, last)]
    found = [
        condition
        for id_, status in sorted(statuses.items())
        if (condition := _of_sign(sight, watched[id_], status)) is not None
    ]
    silent = {one.signs[0]: watched[one.signs[0]] for one in found if one.kind is TroubleKind.SIGN_SILENT}
    if len(silent) >= MANY_SILENT and len(silent) >= SHARE_SILENT * len(statuses):
        since = min((statuses[id_].since for id_ in silent), default=None)
        found.append(_many(sight, TroubleKind.SIGNS_SILENT, "signs", silent, since))
    return found


def places_shown(sign: Sign) -> tuple[str, ...]:
    """The places that its lines count."""
    return tuple(sorted({place for line in sign.lines for place in line.places}))


def _many(
    sight: Sight, kind: TroubleKind, cause: str, signs: dict[str, Sign], since: datetime | None
) -> AlarmCondition:
    places = tuple(sorted({place for sign in signs.values() for place in places_shown(sign)}))
    spaces, unsized = affected_by(places, sight.places)
    return AlarmCondition(
        kind=kind, cause=cause, name="", places=places, signs=tuple(sorted(signs)), spaces=spaces, unsized=unsized,
        certainty=0.9, since=since,
    )  # fmt: skip


def _of_sign(sight: Sight, sign: Sign, status: SignStatus) -> AlarmCondition | None:
    kind, since, why = _worst(status)
    if kind is None:
        return None
    places = places_shown(sign)
    if kind is TroubleKind.SIGN_DARK:
        places = tuple(sorted({place for line in sign.lines if line.number in _dark(status) for place in line.places}))
    spaces, unsized = affected_by(places, sight.places)
    return AlarmCondition(
        kind=kind, cause=f"sign:{sign.id}", name=sign.name, places=places, signs=(sign.id,), spaces=max(spaces, 1),
        unsized=unsized, since=since, detail={"why": why} if why else {},
    )  # fmt: skip


def _worst(status: SignStatus) -> tuple[TroubleKind | None, datetime | None, str]:
    alarms = {alarm.kind: alarm for alarm in status.alarms}
    for said, kind in _WORST_FIRST:
        if said in alarms:
            return kind, alarms[said].since, said.value
        if _STATES.get(status.state) is kind:
            return kind, status.since, status.state.value
    if status.state is SignState.TAKEN:
        return TroubleKind.SIGN_TAKEN, status.since, status.state.value
    dark = _dark(status)
    if dark:
        first = min(dark)
        return TroubleKind.SIGN_DARK, dark[first][1], dark[first][0].value
    return None, None, ""


def _dark(status: SignStatus) -> dict[int, tuple[DarkBecause, datetime | None]]:
    return dict(_dark_lines(status))


def _dark_lines(status: SignStatus) -> Iterator[tuple[int, tuple[DarkBecause, datetime | None]]]:
    for line in status.lines:
        if line.because is not None and line.because in _TROUBLED:
            yield line.number, (line.because, line.since)
