"""The past as the desk asks for it: the port that ``ops`` hands in, and a place's day beside its usual one."""

from datetime import date, datetime, timedelta
from typing import IO, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from gateways.desk.rounding import RoundAsked, RoundKnown
from gateways.desk.then import ThenKnown
from gateways.documents import Document
from parking.catalogue.model import Place
from parking.desk.curve import CurvePoint, draw_curve
from parking.desk.usual import UsualDay, compare, list_quarters
from parking.errors import ParkingError
from parking.instants import in_text
from parking.published.timeline import Span

REPORT_TABLES = ("summary", "places", "recounts", "signs", "devices", "alarms", "energy", "notes")
"""The tables of a month report; in a workbook a sheet each."""


class NotInHistoryError(ParkingError):
    """The history has no answer to that; the message says what it has.

    ``is_missing``: there is no such thing. ``field`` is the parameter that cannot be understood, if one is.
    """

    def __init__(self, message: str, *, is_missing: bool = False, field: str | None = None) -> None:
        super().__init__(message)
        self.is_missing, self.field = is_missing, field


class DayKnown(NamedTuple):
    """What the history knows of a place's day; ``until`` is how far it reaches into it."""

    place: Place
    day: date
    zone: ZoneInfo
    until: datetime
    spans: list[Span]
    usual: UsualDay


class MonthAsked(NamedTuple):
    """A month like 2026-10; one table alone where only that is wanted; "xlsx", or "csv"."""

    month: str
    table: str | None = None
    form: str = "xlsx"


class PastPort(Protocol):
    """Reads the history of one city, in a thread. What finds something raises NotInHistoryError."""

    tenant: str

    def find_day(self, place_id: str, day: date | None) -> DayKnown:
        """A place's day (None: the last that the history reaches) and what is usual on such days."""
        ...

    def find_zone(self) -> ZoneInfo:
        """Of the city's clock."""
        ...

    def find_then(self, text: str) -> ThenKnown:
        """The whole desk as it was at a time, as somebody typed it."""
        ...

    def write_report(self, asked: MonthAsked, to: IO[bytes]) -> str:
        """Write the month report; returns the name of the file that it is."""
        ...

    def write_trouble(self, form: str, to: IO[bytes]) -> str:
        """Write what is wrong now. Raises RedisError or OSError where that cannot be read."""
        ...

    def find_round(self, asked: RoundAsked) -> RoundKnown:
        """The repair round of what is the matter now. Raises RedisError or OSError where that cannot be read."""
        ...


def day_document(known: DayKnown) -> Document:
    """The day of a place, each quarter beside what is usual in it. Times are instants; unknown is null.

    ``now`` compares what stood last with what is usual then.
    """
    quarters = list_quarters(known.day, known.zone)
    points = draw_curve(known.spans)
    return {
        "id": known.place.id,
        "name": known.place.name,
        "date": known.day.isoformat(),
        "zone": known.zone.key,
        "from": in_text(quarters[0].start),
        "to": in_text(quarters[-1].end),
        "known_until": in_text(known.until),
        "curve": [_point(point) for point in points],
        "usual": {
            "kind": known.usual.kind.value,
            "days": known.usual.days,
            "known_days": known.usual.known_days,
            "quarters": [
                {"at": in_text(quarter.start), **known.usual.quarters[quarter.number]._asdict()} for quarter in quarters
            ],
        },
        "now": _now(known, points),
    }


def _point(point: CurvePoint) -> Document:
    return {
        "from": in_text(point.start), "until": in_text(point.end), "kind": point.kind.value, "vacant": point.vacant,
        "low": point.low, "high": point.high, "cause": point.cause,
    }  # fmt: skip


def _now(known: DayKnown, points: list[CurvePoint]) -> Document | None:
    if not points:
        return None
    last = points[-1]
    clock = (known.until - timedelta(microseconds=1)).astimezone(known.zone)
    usual = known.usual.quarters[(clock.hour * 60 + clock.minute) // 15]
    return {"at": in_text(known.until), "vacant": last.vacant, "against_usual": compare(last.vacant, usual).value}
