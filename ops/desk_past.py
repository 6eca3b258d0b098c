"""The past of one city for the desk: read from the history's folder, and what is dear to find is kept."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import IO
from zoneinfo import ZoneInfo

from gateways.desk.past import DayKnown, MonthAsked, NotInHistoryError
from gateways.desk.rounding import RoundAsked, RoundKnown
from gateways.desk.tables import write_form
from gateways.desk.then import ThenKnown
from gateways.desk.trouble import TroubleKnown, trouble_tables
from gateways.words.city_clock import clock_of
from geo.distance import distance_m
from ops.console import live_state, run
from ops.desk_report import make_report, write_month
from ops.past import Past, find_clock, list_stood, open_past
from ops.settings import Settings
from ops.times import TimeError, local_day, understand
from parking.desk.round import plan_round
from parking.desk.then import sort_decided
from parking.desk.usual import UsualDay, days_before, find_usual, kind_of
from parking.errors import ParkingError
from parking.health.alarms.recorded import ALARM_SUBJECTS, fold_alarms
from parking.health.repairs import Finding
from parking.published.timeline import Published, list_spans
from store.decisions import list_latest
from store.reader import read_snapshot
from store.repairs import read_repairs
from store.snapshots import Snapshot

LOOKED_AT_DAYS = 56
"""Eight weeks: 40 working days, 8 Saturdays, 8 Sundays."""

DECIDED_SINCE = timedelta(days=31)
"""No order holds for longer, and an alarm of which nothing was said for so long is not shown."""

_KEPT = 2_000
_DAY = timedelta(days=1)


class DeskPast:
    """A PastPort. Blocking: to be asked in a thread; answers are those of the history as it is rolled by then."""

    def __init__(self, settings: Settings, tenant: str) -> None:
        self.tenant = tenant
        self._settings = settings
        self._usual: OrderedDict[tuple[str, date], UsualDay] = OrderedDict()

    def find_day(self, place_id: str, day: date | None) -> DayKnown:
        """See PastPort. Today's usual day is found once, and then kept."""
        with _worded():
            past = open_past(self._settings, self.tenant)
            day = day or past.bounds.last.astimezone(past.clock.zone).date()
            start, end = local_day(day.isoformat(), past.clock.zone)
            until = min(end, past.bounds.last)
            if until <= start or end <= past.bounds.first:
                raise NotInHistoryError(
                    f"nothing is known of {day}: the history of {self.tenant} goes from {past.tell(past.bounds.first)} "
                    f"to {past.tell(past.bounds.last)}"
                )
            rows = _rows_of(past, place_id, start, until)
            if not rows and place_id not in past.places:
                raise NotInHistoryError(f"no place {place_id!r} in the history of {self.tenant}", is_missing=True)
            usual = self._find_usual(past, place_id, day)
            spans = list_spans(rows, start, until)
            return DayKnown(past.place(place_id), day, past.clock.zone, until, spans, usual)

    def find_then(self, text: str) -> ThenKnown:
        """See PastPort."""
        with _worded():
            past = open_past(self._settings, self.tenant)
            try:
                asked = understand(text, past.clock.zone)
            except TimeError as error:
                raise NotInHistoryError(str(error), field="time") from error
            stood = list_stood(past, asked.instant)
            rows, places = [one.row for one in stood], [one.document for one in stood]
            then = ThenKnown(self.tenant, asked.instant, asked.assumed, past.clock, *past.bounds, rows, places, None)
            try:
                from store.history.decided import FOLDER, DecidedReader

                reader = DecidedReader(self._settings.history_at / FOLDER)
                decided = reader.list_standing(self.tenant, asked.instant, (asked.instant - DECIDED_SINCE).date())
                return then._replace(
                    decided=sort_decided(decided, asked.instant), decided_until=reader.find_rolled_until()
                )
            except ParkingError as error:
                return then._replace(trouble=str(error))

    def write_report(self, asked: MonthAsked, to: IO[bytes]) -> str:
        """See PastPort."""
        with _worded():
            return write_month(make_report(self._settings, self.tenant, asked, lambda *_: None), asked.form, to)

    def write_trouble(self, form: str, to: IO[bytes]) -> str:
        """See PastPort."""
        with _worded():
            known, zone = run(self._read_trouble())
            return write_form(trouble_tables(known), zone, form, f"{self.tenant}-{known.now:%Y-%m-%dT%H%M}", to)

    async def _read_trouble(self) -> tuple[TroubleKnown, ZoneInfo]:
        snapshot, findings = await self._read_repairs()
        async with live_state(self._settings) as client:
            decided = await list_latest(client, self.tenant)
        alarms = fold_alarms(known.decision for known in decided if known.decision.subject.startswith(ALARM_SUBJECTS))
        known = TroubleKnown(self.tenant, snapshot.now, snapshot.places, findings, list(alarms.values()))
        return known, clock_of(self.tenant, snapshot.city).zone

    def find_zone(self) -> ZoneInfo:
        """See PastPort."""
        return find_clock(self._settings, self.tenant).zone

    def find_round(self, asked: RoundAsked) -> RoundKnown:
        """See PastPort."""
        with _worded():
            snapshot, found = run(self._read_repairs())
            places = {row.place.id: row.place for row in snapshot.places}
            mine = [one for one in found if asked.problem is None or one.problem is asked.problem]
            plan = plan_round(mine, places, distance_m, asked.start, asked.limits)
            return RoundKnown(self.tenant, snapshot.now, asked.start, plan, places)

    async def _read_repairs(self) -> tuple[Snapshot, list[Finding]]:
        async with live_state(self._settings) as client:
            snapshot = await read_snapshot(client, self.tenant, datetime.now(UTC))
            found = await read_repairs(client, self.tenant)
        return snapshot, [finding for of_place in found.values() for finding in of_place]

    def _find_usual(self, past: Past, place_id: str, day: date) -> UsualDay:
        """Of the same kind of day in the eight weeks before, as far as the history reaches back."""
        kept = self._usual.pop((place_id, day), None)
        if kept is None:
            zone = past.clock.zone
            days = [one for one in days_before(day, LOOKED_AT_DAYS) if one > past.bounds.first.astimezone(zone).date()]
            spans = []
            if days:
                start, end = local_day(days[0].isoformat(), zone)[0], local_day(days[-1].isoformat(), zone)[1]
                spans = list_spans(_rows_of(past, place_id, start, end), start, end)
            kept = find_usual(spans, kind_of(day), days, zone)
        self._usual[place_id, day] = kept
        while len(self._usual) > _KEPT:
            self._usual.popitem(last=False)
        return kept


def _rows_of(past: Past, place_id: str, start: datetime, end: datetime) -> list[Published]:
    """What was published of a place in that time, and before it what stood then."""
    first, last = (start - _DAY).date(), end.date()
    days = [day for day in past.reader.list_days(past.tenant) if first <= day <= last]
    rows = [one for day in days for _, found in past.reader.walk_day(past.tenant, day, [place_id]) for one in found]
    if any(one.at < start for one in rows):
        return rows
    return [*past.reader.list_standing(past.tenant, start, place_id), *rows]


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except NotInHistoryError:
        raise
    except ParkingError as error:
        raise NotInHistoryError(str(error)) from error
