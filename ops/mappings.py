"""A city's own mappings as sources: those of the folder in the setting ``mappings``, and one named by ``--mapping``."""

import logging
from pathlib import Path

from ops.settings import Settings
from parking.errors import ParkingError
from sensors.contract import Adapter
from sensors.registry import register
from sensors.sources.mapped.adapter import MappedSource, read_mapping
from sensors.sources.mapped.reading_toml import MAX_MAPPING_BYTES, MappingError

log = logging.getLogger(__name__)


def open_mapping(path: Path) -> MappedSource:
    """The source of one file. Raises MappingError, with one sentence."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_MAPPING_BYTES + 1)
    except OSError as error:
        raise MappingError(f"{path}: cannot be read: {error.strerror}; give the path of a mapping (*.toml)") from error
    if len(text) > MAX_MAPPING_BYTES:
        raise MappingError(f"{path}: larger than {MAX_MAPPING_BYTES} bytes: this is no mapping")
    try:
        return read_mapping(str(path), text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MappingError(f"{path}: is not UTF-8: save it as UTF-8") from error


def register_mappings(settings: Settings, own: Path | None = None) -> MappedSource | None:
    """Know the folder's mappings as sources, and ``own`` before one of its name; returns ``own``'s.

    A mapping of the folder that cannot be used costs its own source alone, and a warning says why.
    """
    named = None if own is None else open_mapping(own)
    found: dict[str, Adapter] = {} if named is None else {named.INFO.id: named}
    folder = settings.mappings
    if folder is not None and not folder.is_dir():
        log.warning("%s: there is no such folder (setting mappings): no source of it is known", folder)
        folder = None
    for path in sorted(folder.glob("*.toml")) if folder is not None else ():
        try:
            source = open_mapping(path)
            if named is not None and source.INFO.id == named.INFO.id:
                continue
            register([*found.values(), source])
            found[source.INFO.id] = source
        except ParkingError as error:
            log.warning("this mapping is left out: %s", error if str(path) in str(error) else f"{path}: {error}")
    register(found.values())
    return named
