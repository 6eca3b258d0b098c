"""What the pages know: the mirror of the live state, the book of alarms, the signs; and what has changed since.

It is the mirror's listener: a change of a place is on its way to every open page before anything else is asked.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from gateways.desk.pages.frame import DeskReader
from gateways.desk.pages.overview import SHOWN_WORST, alarm_rows, line_piece, place_row, place_rows
from gateways.desk.pages.place import now_piece
from gateways.desk.pages.ranking import CityLine, PlaceStanding, city_line, stand
from gateways.desk.pages.stream import DeskStream
from gateways.desk.watching.book import BookEntry
from gateways.words.city_clock import CityClock, clock_of
from gateways.words.language import get_language
from parking.desk.operators import Operator
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmState
from parking.published.availability import Change
from parking.signs.status import SignStatus
from store.changes import StreamResetError
from store.mirror import Loaded, Mirror

WRITTEN_EVERY_S = 0.5
"""So often the pieces that are made of many places are written again, where anything in them has changed."""

_LATE = frozenset({TroubleKind.FEED_LATE, TroubleKind.FEED_SILENT, TroubleKind.FEED_PARTLY_SILENT})
_TO_ANSWER = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED)
_NOBODY = Operator(name="", subject="")


class AlarmsPort(Protocol):
    """The book, as far as pages need it."""

    version: int

    def listed(self, now: datetime) -> list[BookEntry]:
        """Those to be looked at, the most pressing first."""
        ...


class DeskView:
    """The city as the desk shows it; a listener of the mirror (``store.following.Listener``)."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror, self.stream = mirror, DeskStream()
        self.statuses: dict[str, SignStatus] = {}
        self._alarms: AlarmsPort | None = None
        self._shown: dict[tuple[str, str], str] = {}
        self._editing: dict[str, dict[str, float]] = {}

    def show_alarms(self, book: AlarmsPort) -> None:
        """Show these alarms."""
        self._alarms = book

    # -- what there is ------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The city's time."""
        return self.mirror.now(datetime.now(UTC))

    @property
    def clock(self) -> CityClock:
        """By which the city's people read the time."""
        return clock_of(self.mirror.tenant, self.mirror.about)

    @property
    def is_made_up(self) -> bool:
        """Whether anything here is invented."""
        return any(self.mirror.availability(place_id).simulated for place_id in self.mirror.places)

    def standings(self) -> list[PlaceStanding]:
        """All places, the worst first."""
        held = (stand(place, self.mirror.availability(name)) for name, place in self.mirror.places.items())
        return sorted(held, key=lambda one: one.order)

    def entries(self) -> list[BookEntry]:
        """The alarms to be looked at, the most pressing first; what another explains stands beneath that one."""
        return self._alarms.listed(self.now()) if self._alarms else []

    def line(self, standings: list[PlaceStanding]) -> CityLine:
        """How the city stands."""
        return city_line(standings, self.mirror.signs, self.statuses, datetime.now(UTC))

    def pieces(self, code: str) -> dict[str, str]:
        """The overview's pieces by the id of the element that holds them."""
        language, clock, standings, entries = get_language(code), self.clock, self.standings(), self.entries()
        reader, now = DeskReader(_NOBODY, language, clock), self.now()
        to_answer = sum(one.state(now) in _TO_ANSWER for one in entries)
        late = sum(one.alarm.word.condition.kind in _LATE and one.alarm.word.is_standing for one in entries)
        return {
            "line": line_piece(self.line(standings), to_answer, late, language, clock),
            "alarms": alarm_rows(entries, now, reader),
            "places": place_rows(standings[:SHOWN_WORST], reader),
        }

    # -- what changes -------------------------------------------------------------------------------------------------

    def snapshot(self, loaded: Loaded) -> None:
        """See Listener."""
        self.stream.touch()

    def changed(self, changes: list[Change]) -> None:
        """See Listener: rows of these places go out at once."""
        self._tell([change.place_id for change in changes])

    def expired(self, place_ids: list[str]) -> None:
        """See Listener."""
        self._tell(place_ids)

    def reset(self, because: StreamResetError) -> None:
        """See Listener."""

    def status(self) -> None:
        """See Listener."""

    def _tell(self, place_ids: list[str]) -> None:
        self.stream.touch()
        for code in self.stream.languages():
            language, clock, rows = get_language(code), self.clock, {}
            for place_id in place_ids:
                if (place := self.mirror.places.get(place_id)) is not None:
                    seen = self.mirror.availability(place_id)
                    rows[place_id] = {
                        "row": place_row(stand(place, seen), language, clock),
                        "now": now_piece(place, seen, language, clock),
                    }
            if rows:
                self.stream.publish(code, "places", rows)

    def editing(self, place_id: str, who: str, until: float | None) -> None:
        """Somebody is writing at a place, until then by the loop's clock; None: no more."""
        here = self._editing.setdefault(place_id, {})
        if until is None:
            here.pop(who, None)
        else:
            here[who] = until
        now = asyncio.get_running_loop().time()
        for code in self.stream.languages():
            self.stream.publish(code, "editing", {"place": place_id, "who": self.editors(place_id, now)})

    def editors(self, place_id: str, now: float) -> list[str]:
        """Who is writing there."""
        return sorted(who for who, until in self._editing.get(place_id, {}).items() if until > now)

    async def run(self, read_statuses: Callable[[], Any]) -> None:
        """Write the overview's pieces again where something in them is another; ends when cancelled."""
        version = -1
        while True:
            self.statuses = await read_statuses() or self.statuses
            if self._alarms is not None and self._alarms.version != version:
                version = self._alarms.version
                self.stream.touch()
            for code in self.stream.languages():
                self._publish_pieces(code)
            await asyncio.sleep(WRITTEN_EVERY_S)

    def _publish_pieces(self, code: str) -> None:
        for name, piece in self.pieces(code).items():
            if self._shown.get((code, name)) != piece:
                self._shown[code, name] = piece
                self.stream.touch()
                self.stream.publish(code, "piece", {"id": name, "html": piece})
        now = get_language(code).moment(self.now(), self.clock.zone)
        if self._shown.get((code, "time")) != now:
            self._shown[code, "time"] = now
            self.stream.publish(code, "time", {"now": now})
