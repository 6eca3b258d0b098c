"""The desk's alarms as the overview lists them: the book's, short; ``/v1/desk/alarms/{id}`` says more."""

from datetime import datetime
from typing import Any

from gateways.desk.watching.book import AlarmBook
from gateways.desk.watching.documents import alarm_document

_SHOWN = (
    "id", "tag", "kind", "title", "answer", "state", "urgency", "since", "raised_at", "returned_at", "place_count",
    "spaces", "unsized_places", "certainty", "stake", "owner", "acknowledged", "shelved", "out_of_service",
    "is_recorded",
)  # fmt: skip
_PLACES_SHOWN = 5


class AlarmRows:
    """See ``AlarmSource``."""

    def __init__(self, book: AlarmBook) -> None:
        self._book = book

    @property
    def version(self) -> int:
        """Another number after anything was said."""
        return self._book.version

    def list_rows(self, now: datetime) -> list[dict[str, Any]]:
        """Those that are not normal, the most pressing first."""
        rows = []
        for entry in self._book.listed(now):
            document = alarm_document(entry, now)
            row = {name: document[name] for name in _SHOWN}
            rows.append(row | {name: document[name][:_PLACES_SHOWN] for name in ("places", "signs")})
        return rows
