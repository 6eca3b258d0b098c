"""The writing half of the history of changes: each revision of a place once, however often the log says it."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from parking.codec import decode_change
from parking.errors import MalformedEventError
from parking.published.availability import Revision
from parking.published.timeline import Published
from store.history import HistoryError, files
from store.history.folder import FolderWriter
from store.history.rows import BY_REVISION, read_file, require_storable, to_table

log = logging.getLogger(__name__)
_KEYS = ["place_id", "revision_epoch", "revision_offset"]
Key = tuple[str, str, Revision]


class HistoryWriter(FolderWriter[Published]):
    """The folder of what was published about places."""

    order = BY_REVISION

    def understand(self, value: bytes, logged_at: datetime, partition: int, offset: int) -> Published:
        """A change as the log holds it."""
        return Published(decode_change(value), logged_at, partition, offset)

    def to_table(self, rows: Iterable[Published]) -> pa.Table:
        """Changes as rows, by place and revision."""
        return to_table(rows)

    def read_file(self, path: Path) -> pa.Table:
        """A file of changes."""
        return read_file(path)

    def revision_of(self, published: Published) -> Revision:
        """The revision of what it says."""
        return published.revision

    def _is_storable(self, published: Published) -> bool:
        try:
            require_storable(published)
        except MalformedEventError as error:
            log.error(
                "change at %d/%d cannot be kept and was left out: %s", published.partition, published.offset, error
            )
            return False
        if published.revision[0] <= self.position.epoch_above:
            raise HistoryError(
                f"topic {self.topic} is not the one that {self._folder} was rolled from (it was made again, or has "
                f"lost records), and its changes are of epoch {published.revision[0]}, as those were: raise "
                f"PLACELIBRE_STREAM_EPOCH above {self.position.epoch_above} for the workers, or choose another "
                f"PLACELIBRE_HISTORY_DIR"
            )
        return True

    def _unknown(self, storable: Iterable[Published]) -> list[Published]:
        """The changes that have no row yet, each once: the one that stood in the log first.

        Only what is not above the greatest revision of its partition can have one, and that is looked up.
        """
        distinct: dict[Key, Published] = {}
        for published in sorted(storable, key=lambda published: (published.partition, published.offset)):
            distinct.setdefault(_key(published), published)
        suspects: dict[tuple[str, date | None], set[str]] = defaultdict(set)
        for (tenant, place_id, revision), published in distinct.items():
            # Without a clock, its twin may lie on another day.
            if revision <= self._reached(published.partition).greatest:
                suspects[tenant, published.at.date() if published.change.concluded_at else None].add(place_id)
        known = {key for (tenant, day), places in suspects.items() for key in self._find_keys(tenant, day, places)}
        return [published for key, published in distinct.items() if key not in known]

    def _find_keys(self, tenant: str, day: date | None, places: set[str]) -> Iterable[Key]:
        """The revisions of these places that have a row: of a day, or of any."""
        wanted = pa.array(sorted(places))
        for listed in [day] if day else files.list_days(self._folder, tenant):
            for part in files.list_parts(self._day(tenant, listed), self.position):
                table = read_file(self._day(tenant, listed) / part.name, _KEYS)
                for row in table.filter(pc.is_in(table["place_id"], wanted)).to_pylist():
                    yield tenant, row["place_id"], (row["revision_epoch"], row["revision_offset"])


def _key(published: Published) -> Key:
    return published.change.tenant, published.change.place_id, published.revision
