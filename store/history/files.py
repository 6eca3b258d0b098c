"""The folder of the history: names, which files count, and writing that is whole or not at all."""

import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec

from parking.errors import UnknownSchemaVersionError
from parking.published.availability import NO_REVISION, Revision
from store.history import DiskError, HistoryError

POSITION = "position.json"
ROLLED_VERSION = 1
_NAME = re.compile(r"([0-9]+)-([0-9]+)-([0-9]{12,})-([0-9]{12,})\.parquet")


class MovedOnError(HistoryError):
    """The files are ahead of the position: whoever reads reads the position again."""


class Part(NamedTuple):
    """What a file's name says: these offsets of one partition of one topic, ``end`` not included."""

    incarnation: int
    partition: int
    start: int
    end: int

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.incarnation}-{self.partition}-{self.start:012d}-{self.end:012d}.parquet"

    def covers(self, other: "Part") -> bool:
        """Whether everything in ``other`` is in this one too."""
        return self[:2] == other[:2] and self.start <= other.start and other.end <= self.end


def find_part(name: str) -> Part | None:
    """What a name says, or None where the file is not ours."""
    found = _NAME.fullmatch(name)
    return Part(*map(int, found.groups())) if found else None


class Reached(msgspec.Struct, frozen=True):
    """How far one partition is rolled: the next offset, and when the record before it was appended (milliseconds).

    ``greatest`` is the greatest revision seen in it: what is greater still has no row yet.
    """

    next: int = 0
    last_logged_ms: int = 0
    greatest: Revision = NO_REVISION


class RolledPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Where the rolling stands.

    ``incarnation`` counts how often the topic was made anew; its changes must be of an epoch above ``epoch_above``, or
    their revisions could be those of others. ``unreadable`` and ``lost`` count records that have no row.
    """

    version: int = ROLLED_VERSION
    topic: str
    incarnation: int = 1
    epoch_above: int = -1
    reached: dict[int, Reached] = {}
    unreadable: int = 0
    lost: int = 0

    def has_passed(self, part: Part) -> bool:
        """Whether the rows of this file count."""
        if part.incarnation != self.incarnation:
            return part.incarnation < self.incarnation
        return part.end <= self.reached.get(part.partition, Reached()).next

    def is_within(self, part: Part) -> bool:
        """Whether some rows of this file count and others do not yet: it was merged after this position."""
        reached = self.reached.get(part.partition, Reached()).next
        return part.incarnation == self.incarnation and part.start < reached < part.end


_position = msgspec.json.Decoder(RolledPosition)


def disk_error(folder: Path, error: OSError) -> DiskError:
    """Why nothing could be written there, and what becomes of it."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    why = "is full" if full else f"cannot be written ({error.strerror or error})"
    do = "make room" if full else "mend it"
    return DiskError(
        f"the disk of the history at {folder} {why}: {do}. Nothing half written stays; what was published waits in "
        f"Kafka for 7 days, and is read from there"
    )


def find_rolled(folder: Path) -> RolledPosition | None:
    """The position, or None where nothing was ever rolled. Raises HistoryError where it cannot be read."""
    path = folder / POSITION
    try:
        position = _position.decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise HistoryError(f"{path} cannot be read ({error}): restore it, or choose another folder") from error
    if position.version != ROLLED_VERSION:
        raise UnknownSchemaVersionError(str(path), position.version, ROLLED_VERSION)
    return position


def put_position(folder: Path, position: RolledPosition) -> None:
    """Replace the position; when this returns, it survives a power cut."""
    publish(folder / POSITION, lambda path: path.write_bytes(msgspec.json.encode(position)))


def publish(path: Path, write: Callable[[Path], object]) -> None:
    """Have ``write`` fill a file that appears under its name whole or not at all, and for good."""
    make_folder(path.parent)
    aside = path.with_name(f".{path.name}.tmp")
    try:
        write(aside)
        _sync(aside)
        aside.replace(path)
    except OSError:
        with suppress(OSError):  # of a disk that is full, what is half written takes the room that is missing
            aside.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, for good."""
    if not folder.is_dir():
        make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir()
        _sync(folder.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def day_folder(folder: Path, tenant: str, day: date) -> Path:
    """Where a tenant's day lies."""
    return folder / f"tenant={tenant}" / f"day={day.isoformat()}"


def list_tenants(folder: Path) -> list[str]:
    """The tenants that have a folder, by name."""
    return sorted(path.name.partition("=")[2] for path in folder.glob("tenant=*"))


def list_days(folder: Path, tenant: str) -> list[date]:
    """The days that have a folder, oldest first."""
    days = (folder / f"tenant={tenant}").glob("day=????-??-??")
    return sorted(date.fromisoformat(path.name.partition("=")[2]) for path in days)


def list_parts(folder: Path, position: RolledPosition) -> list[Part]:
    """The files of a day folder that count: passed by the position, and not superseded.

    Raises MovedOnError where files were merged that this position does not know of.
    """
    found = [part for name in _list_names(folder) if (part := find_part(name))]
    if any(position.is_within(part) for part in found):
        raise MovedOnError(f"files in {folder} are newer than {POSITION}: restore the folder as a whole")
    return sorted(standing(part for part in found if position.has_passed(part)))


def _list_names(folder: Path) -> list[str]:
    """The names in a folder, looked at until two looks agree: one look may miss both a file and what replaces it."""
    before: list[str] | None = None
    while True:
        names = sorted(path.name for path in folder.glob("*.parquet"))
        if names == before:
            return names
        before = names


def standing(parts: Iterable[Part]) -> Iterator[Part]:
    """Those whose offsets do not lie within another's."""
    parts = list(parts)
    return (part for part in parts if not any(other != part and other.covers(part) for other in parts))


def sweep(folder: Path, position: RolledPosition) -> None:
    """Remove what a crash left in a day folder: files half written, beyond the position, or superseded."""
    counting = {part.name for part in list_parts(folder, position)}
    for path in folder.iterdir():
        if path.name.endswith(".parquet.tmp") or (find_part(path.name) and path.name not in counting):
            path.unlink()
