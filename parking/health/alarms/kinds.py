"""The kinds of trouble: how long each must last before it is an alarm, and be gone before the alarm returns."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

import msgspec

_MINUTE = timedelta(minutes=1)


class TroubleKind(StrEnum):
    """What may be the matter; each has a title and an answer in the words of the desk."""

    BROKER_AWAY = "broker_away"
    REDIS_AWAY = "redis_away"
    WORKER_AWAY = "worker_away"
    GATEWAY_AWAY = "gateway_away"
    INTAKE_AWAY = "intake_away"
    SIGN_CONTROLLER_AWAY = "sign_controller_away"
    CLOCK_TROUBLE = "clock_trouble"
    NOTHING_ARRIVES = "nothing_arrives"
    FEED_SILENT = "feed_silent"
    FEED_PARTLY_SILENT = "feed_partly_silent"
    FEED_LATE = "feed_late"
    REJECTS_JUMP = "rejects_jump"
    NUMBER_UNKNOWN = "number_unknown"
    NUMBER_WITHDRAWN = "number_withdrawn"
    NUMBER_IMPOSSIBLE = "number_impossible"
    COUNTER_SILENT = "counter_silent"
    COUNTER_FAULT = "counter_fault"
    COUNTER_STUCK = "counter_stuck"
    COUNTER_DRIFT = "counter_drift"
    STREET_BLIND = "street_blind"
    SENSORS_TO_VISIT = "sensors_to_visit"
    NEVER_OBSERVED = "never_observed"
    SIGNS_SILENT = "signs_silent"
    SIGN_SILENT = "sign_silent"
    SIGN_WRONG = "sign_wrong"
    SIGN_NOT_VISIBLE = "sign_not_visible"
    SIGN_ILLEGIBLE = "sign_illegible"
    SIGN_NOT_SAFE = "sign_not_safe"
    SIGN_REFUSED = "sign_refused"
    SIGN_FAULT = "sign_fault"
    SIGN_NOT_RECORDED = "sign_not_recorded"
    SIGN_PLAN = "sign_plan"
    SIGN_TAKEN = "sign_taken"
    SIGN_DARK = "sign_dark"


class Urgency(StrEnum):
    """By when somebody should answer: now, within the hour, or on the next working day (a standing line)."""

    NOW = "now"
    SOON = "soon"
    STANDING = "standing"


class KindRule(msgspec.Struct, frozen=True):
    """How alarms of a kind behave: raised after it has lasted ``on``, returned after it has been away for ``off``."""

    urgency: Urgency
    on: timedelta
    off: timedelta


_AWAY = KindRule(Urgency.NOW, _MINUTE, 2 * _MINUTE)
_FEED = KindRule(Urgency.NOW, 2 * _MINUTE, 5 * _MINUTE)
_PLACE = KindRule(Urgency.SOON, 5 * _MINUTE, 10 * _MINUTE)
_COUNTER = KindRule(Urgency.SOON, 15 * _MINUTE, 30 * _MINUTE)
"""Devices are examined every few minutes: what was found before they spoke again must not be raised."""

_SIGN = KindRule(Urgency.NOW, _MINUTE, 5 * _MINUTE)
_SIGN_CARE = KindRule(Urgency.SOON, 5 * _MINUTE, 15 * _MINUTE)
_LINE = KindRule(Urgency.STANDING, 10 * _MINUTE, 30 * _MINUTE)

RULES: Mapping[TroubleKind, KindRule] = {
    TroubleKind.BROKER_AWAY: _AWAY,
    TroubleKind.REDIS_AWAY: _AWAY,
    TroubleKind.WORKER_AWAY: _AWAY,
    TroubleKind.GATEWAY_AWAY: _AWAY,
    TroubleKind.INTAKE_AWAY: _AWAY,
    TroubleKind.SIGN_CONTROLLER_AWAY: _AWAY,
    TroubleKind.CLOCK_TROUBLE: KindRule(Urgency.NOW, _MINUTE, 5 * _MINUTE),
    TroubleKind.NOTHING_ARRIVES: _FEED,
    TroubleKind.FEED_SILENT: _FEED,
    TroubleKind.FEED_PARTLY_SILENT: _FEED,
    TroubleKind.FEED_LATE: KindRule(Urgency.SOON, 5 * _MINUTE, 10 * _MINUTE),
    TroubleKind.REJECTS_JUMP: KindRule(Urgency.SOON, 3 * _MINUTE, 15 * _MINUTE),
    TroubleKind.NUMBER_UNKNOWN: _PLACE,
    TroubleKind.NUMBER_WITHDRAWN: _PLACE,
    TroubleKind.NUMBER_IMPOSSIBLE: _PLACE,
    TroubleKind.COUNTER_SILENT: _COUNTER,
    TroubleKind.COUNTER_FAULT: _COUNTER,
    TroubleKind.COUNTER_STUCK: _COUNTER,
    TroubleKind.COUNTER_DRIFT: _COUNTER,
    TroubleKind.STREET_BLIND: _PLACE,
    TroubleKind.SENSORS_TO_VISIT: _LINE,
    TroubleKind.NEVER_OBSERVED: _LINE,
    TroubleKind.SIGNS_SILENT: _SIGN,
    TroubleKind.SIGN_SILENT: KindRule(Urgency.SOON, 2 * _MINUTE, 5 * _MINUTE),
    TroubleKind.SIGN_WRONG: _SIGN,
    TroubleKind.SIGN_NOT_VISIBLE: _SIGN_CARE,
    TroubleKind.SIGN_ILLEGIBLE: _SIGN_CARE,
    TroubleKind.SIGN_NOT_SAFE: _LINE,
    TroubleKind.SIGN_REFUSED: _SIGN_CARE,
    TroubleKind.SIGN_FAULT: _SIGN_CARE,
    TroubleKind.SIGN_NOT_RECORDED: _SIGN,
    TroubleKind.SIGN_PLAN: _SIGN_CARE,
    TroubleKind.SIGN_TAKEN: _SIGN_CARE,
    TroubleKind.SIGN_DARK: _SIGN_CARE,
}
