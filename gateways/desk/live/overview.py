"""The overview held ready: each place's row as the bytes that are sent, made when the place says something else.

A listener of ``store.following``, so nothing here waits, and nobody who asks has Redis read. What changed within one
turn of the loop's pace goes to all listeners as one event, encoded once; a snapshot is one message for all who come
within a second (``gateways.hub``).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from gateways.desk.live.rows import line_document, row_document
from gateways.hub import CHANGES, EncodedEvent, Hub, encode
from parking.printable import visible_json
from parking.published.availability import Change
from parking.signs.status import SignStatus
from store.changes import StreamResetError
from store.mirror import Loaded, Mirror
from store.signs import list_standing

_json = msgspec.json.Encoder()


class AlarmSource(Protocol):
    """Where the overview's alarms come from: the desk's book."""

    @property
    def version(self) -> int:
        """Another number after anything was said of any of them."""
        ...

    def list_rows(self, now: datetime) -> list[dict[str, Any]]:
        """Those that are not normal, the most pressing first, each with its ``id``."""
        ...


class LiveOverview:
    """The rows, the line, the alarms. ``encoded`` counts rows made since the start: one a change, whoever listens."""

    def __init__(
        self,
        mirror: Mirror,
        alarms: AlarmSource,
        statuses: Callable[[], Mapping[str, SignStatus] | None],
        trouble: Callable[[], str | None],
    ) -> None:
        self.hub = Hub()
        self._mirror, self._alarms, self._statuses, self._trouble = mirror, alarms, statuses, trouble
        self._rows: dict[str, bytes] = {}
        self._alarm_rows: dict[str, bytes] = {}
        self._alarms_read: tuple[int, int] | None = None
        self._line = b"{}"
        self.encoded = 0

    def body(self) -> bytes:
        """All of it as one JSON document."""
        self._look()
        rows = b",".join(self._rows[place_id] for place_id in sorted(self._rows))
        return b'%s,"line":%s,"alarms":[%s],"places":[%s]}' % (
            self._head(), self._line, b",".join(self._alarm_rows.values()), rows,
        )  # fmt: skip

    def event(self) -> EncodedEvent:
        """The same as the event with which a listener begins."""
        return EncodedEvent("snapshot", encode("snapshot", self.body()), None)

    def beat(self) -> None:
        """Once in a while: what changes though no place does, which are alarms, signs, and what we cannot see."""
        if self._alarms_read == self._moment():
            return
        line, alarms, order = self._line, dict(self._alarm_rows), list(self._alarm_rows)
        self._look()
        changed = [row for name, row in self._alarm_rows.items() if alarms.get(name) != row]
        if self._line != line or changed or list(self._alarm_rows) != order:
            self._publish((), changed, list(self._alarm_rows) if list(self._alarm_rows) != order else None)

    def snapshot(self, loaded: Loaded) -> None:
        """See ``store.following.Listener``: the whole city anew."""
        wanted = self._mirror.places if loaded.is_new_catalogue else loaded.changed
        self._make(wanted)
        self._look()
        self.hub.publish("snapshot", self.body())

    def changed(self, changes: list[Change]) -> None:
        """See ``store.following.Listener``."""
        self._tell(change.place_id for change in changes)

    def expired(self, place_ids: list[str]) -> None:
        """See ``store.following.Listener``: the clock alone has made these unknown, or known again."""
        self._tell(place_ids)

    def reset(self, because: StreamResetError) -> None:
        """See ``store.following.Listener``: a snapshot follows at once, and says all."""

    def status(self) -> None:
        """See ``store.following.Listener``: Redis went, or came back."""
        self._publish((), (), None)

    def _tell(self, place_ids: Iterable[str]) -> None:
        rows = self._make(place_ids)
        self._read_line()
        self._publish(rows, (), None)

    def _make(self, place_ids: Iterable[str]) -> list[bytes]:
        rows = []
        for place_id in place_ids:
            document = row_document(self._mirror.places[place_id], self._mirror.availability(place_id))
            row = self._rows[place_id] = visible_json(_json.encode(document).decode()).encode()
            rows.append(row)
        self.encoded += len(rows)
        return rows

    def _look(self) -> None:
        self._read_line()
        if (moment := self._moment()) != self._alarms_read:
            self._alarms_read = moment
            now = self._mirror.now(datetime.now(UTC))
            self._alarm_rows = {row["id"]: _json.encode(row) for row in self._alarms.list_rows(now)}

    def _moment(self) -> tuple[int, int]:
        """What was said of alarms, to the second: a shelf's time runs out though nobody says anything."""
        return self._alarms.version, int(self._mirror.now(datetime.now(UTC)).timestamp())

    def _read_line(self) -> None:
        mirror = self._mirror
        said = (mirror.availability(place_id) for place_id in mirror.places)
        line = line_document(said, list_standing(mirror.signs), self._statuses(), datetime.now(UTC))
        self._line = _json.encode(line)

    def _publish(self, rows: Iterable[bytes], alarms: Iterable[bytes], order: list[str] | None) -> None:
        body = b'%s,"line":%s,"alarms":[%s],"order":%s,"places":[%s]}' % (
            self._head(), self._line, b",".join(alarms), _json.encode(order), b",".join(rows),
        )  # fmt: skip
        self.hub.publish(CHANGES, body)

    def _head(self) -> bytes:
        mirror = self._mirror
        head = {
            "tenant": mirror.tenant,
            "city": mirror.about.name if mirror.about else None,
            "zone": mirror.about.zone if mirror.about else "UTC",
            "now": mirror.now(datetime.now(UTC)),
            "clock": mirror.basis.value,
            "trouble": self._trouble(),
        }
        return visible_json(_json.encode(head).decode()).encode()[:-1]
