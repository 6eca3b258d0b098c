"""A mapping proposed for an unknown body: TOML with what each line was guessed from, and what is doubtful."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from sensors.contract import RecordRefusedError
from sensors.sources.mapped.fields import word_of
from sensors.sources.mapped.guess_lines import line, quoted
from sensors.sources.mapped.guess_roles import Roles, roles_in
from sensors.sources.mapped.guess_shape import RecordShape, shapes_of
from sensors.sources.mapped.guess_tables import tables
from sensors.sources.mapped.guess_values import is_number, time_format
from sensors.sources.mapped.making import read_plan
from sensors.sources.mapped.reading_toml import MappingError


def guess_mapping(body: bytes, where: str) -> str:
    """The proposal for a body that came from ``where``. Raises MappingError where there is nothing to map."""
    try:
        shapes = shapes_of(body)
    except RecordRefusedError as error:
        raise MappingError(f"{where}: {error.detail}; a mapping reads JSON, GeoJSON, XML and CSV") from error
    rated = [(roles_in(shape), shape) for shape in shapes if shape.columns and shape.size]
    if not rated:
        raise MappingError(f"{where}: no list of records is in it: give a body that has some")
    roles, shape = max(rated, key=lambda one: (one[0].score, one[1].size))
    wide = _wide_column(shape, roles)
    lines = [*_head(where, shape, roles.space is not None), *(_wide(shape, wide) if wide else tables(shape, roles))]
    text = "".join("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in one) + "\n" for one in lines)
    try:
        read_plan("what was proposed", text)
    except MappingError as error:
        raise MappingError(f"{where}: has names that no mapping can hold: {error}") from error
    return text


def _head(where: str, shape: RecordShape, is_space: bool) -> Iterator[str]:
    address = where.startswith(("http://", "https://"))
    stem = (urlsplit(where).hostname or "") if address else where.rsplit("/", 1)[-1].partition(".")[0]
    name = re.sub("[^a-z0-9]+", "_", stem.casefold()).strip("_")[:50] or "feed"
    yield "# Proposed by placelibre feed guess. Correct each line, then see what it reads: placelibre feed try."
    yield from ("", "[source]", line(f"name = {quoted(name)}", note="call it as you like: a-z 0-9 . _ -"))
    yield line('zone = "Europe/Paris"', note="doubtful: no feed says it; times without an offset are read in it")
    yield line('licence_by = "whoever publishes it"', note="or licence = …: look at where it is published")
    if address and not urlsplit(where).query and "@" not in where:
        yield f"feeds = [{quoted(where)}]"
    elif address:
        yield "# feeds = […]   write the address here without its key, which is a setting (PLACELIBRE_POLL_SECRETS)"
    if is_space:
        yield line("valid_for_s = 86400", note="doubtful: single bays often speak only when something changes")
    yield from ("", "[body]", line(f"format = {quoted(shape.format)}", note=f"{shape.size} records"))


def _wide_column(shape: RecordShape, roles: Roles) -> str | None:
    """The column of times of a wide table: a CSV whose other columns are all numbers or empty, and none says what."""
    if shape.format != "csv" or len(shape.columns) < 3 or roles.vacant or roles.occupied:
        return None
    first, *others = shape.columns
    if time_format(shape.columns[first]) is None:
        return None
    numeric = [name for name in others if is_number(shape.columns[name])]
    empty = [name for name in others if not any(word_of(value) for value in shape.columns[name])]
    return first if numeric and len(numeric) + len(empty) > 0.9 * len(others) else None


def _wide(shape: RecordShape, column: str) -> Iterator[str]:
    yield line(f"wide = [{quoted(column)}]", note="every other column is a number or empty")
    yield from ("", "[record]", line('id = "$column"', note="every column is a car park"))
    yield from (
        "",
        "[time]",
        f"at = {quoted(column)}",
        line('recording = "record"', note="each row arrived at its own time"),
    )
    form = time_format(shape.columns[column])
    if form is not None and form[0] != "iso":
        yield f"format = {quoted(form[0])}"
    yield from ("", "[[count]]", line('vacant = "$cell"', note="doubtful: is it what is free, or what is taken?"))
