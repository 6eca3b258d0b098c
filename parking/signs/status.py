"""What is known of a sign now: what it was told, what it says, what is the matter. The controller writes it."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from parking.decoding import decode
from parking.signs.model import Sign, SignLimits
from parking.signs.words import Arrow, DarkBecause, LineState


class SignState(StrEnum):
    """In one word: what a driver sees, or why nobody can say."""

    STARTING = "starting"
    SHOWING = "showing"
    DARK = "dark"
    SILENT = "silent"
    TAKEN = "taken"
    WRONG = "wrong"
    NOT_VISIBLE = "not_visible"


class AlarmKind(StrEnum):
    """What somebody should look at; each has a sentence in ``docs/signs.md``."""

    SILENT = "silent"
    DISPLAYED_IS_NOT_COMMANDED = "displayed_is_not_commanded"
    NOT_VISIBLE = "not_visible"
    ILLEGIBLE = "illegible"
    FAIL_SAFE_NOT_SET = "fail_safe_not_set"
    REFUSED = "refused"
    FAULT = "fault"
    NOT_RECORDED = "not_recorded"
    PLAN = "plan"


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something the matter, and since when."""

    kind: AlarmKind
    detail: str
    since: datetime


class LineStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line as it was commanded last, and the decision that says why."""

    number: int
    state: LineState = LineState.DARK
    legend: str = ""
    value: str = ""
    arrow: Arrow | None = None
    because: DarkBecause | None = None
    since: datetime | None = None
    valid_until: datetime | None = None
    decision: str | None = None
    held: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the sign said when it was last read; ``text`` in its own words. ``is_visible`` None: it cannot say."""

    at: datetime
    text: str = ""
    is_blank: bool = False
    matches: bool | None = None
    is_visible: bool | None = None
    source: str | None = None
    is_local: bool = False
    faults: tuple[str, ...] = ()


class HealthStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What it said of its own state; None is not known. ``stuck`` are pixels: x, y, whether they are stuck on."""

    at: datetime
    faults: tuple[str, ...] = ()
    stuck: tuple[tuple[int, int, bool], ...] = ()
    temperature_c: float | None = None
    door_open: bool | None = None
    photocell: int | None = None
    light_output: int | None = None
    running_hours: float | None = None
    power: tuple[str, ...] = ()


class OverrideStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The operator's word that holds now."""

    decision: str
    author: str
    reason: str
    expires_at: datetime


class SignStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sign. ``dark_at`` is when it is dark at the latest if nobody speaks to it any more; None: it may never be.

    ``fail_safe`` says in a sentence how. ``at`` is in the city's time, and ``written_at`` by the wall: a reader takes
    what is older than a minute as not known.
    """

    sign: str
    at: datetime
    written_at: datetime
    state: SignState
    since: datetime
    lines: tuple[LineStatus, ...] = ()
    shown: Shown | None = None
    health: HealthStatus | None = None
    alarms: tuple[Alarm, ...] = ()
    override: OverrideStatus | None = None
    fail_safe: str = ""
    fail_safe_s: float | None = None
    dark_at: datetime | None = None
    limits: SignLimits = SignLimits()
    fence: int | None = None


def known_limits(sign: Sign, status: SignStatus | None) -> SignLimits:
    """What the sign itself says that it can do, or as stated where it has said nothing."""
    return status.limits if status is not None and status.limits.width_px else sign.limits


STATUS_HOLDS = timedelta(minutes=1)
"""The controller writes every 15 seconds; what is older may be of one that is gone."""


def is_current(status: SignStatus, wall: datetime) -> bool:
    """Whether it is young enough to be believed; one of the future is not."""
    return abs(wall - status.written_at) <= STATUS_HOLDS


_json = msgspec.json.Encoder()
_status = msgspec.json.Decoder(SignStatus)


def encode_status(status: SignStatus) -> bytes:
    """As it stands in Redis."""
    return _json.encode(status)


def decode_status(data: bytes) -> SignStatus:
    """Raises MalformedEventError where it is none."""
    return decode(_status, data, "a sign's status")
