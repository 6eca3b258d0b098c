"""The tables of a proposed mapping, from what each field seems to be.

Nothing that is doubtful becomes a number: a word without a clear meaning, a negative number or 9999 stand as comments.
"""

from collections import Counter
from collections.abc import Iterator

from parking.catalogue.model import DEFAULT_VALID_FOR_S
from parking.words import Audience
from sensors.sources.mapped.guess_lines import and_doubt, line, listed, quoted
from sensors.sources.mapped.guess_roles import STATES, ColumnRole, Roles, tokens_of
from sensors.sources.mapped.guess_shape import RecordShape
from sensors.sources.mapped.guess_values import (
    NOTHING,
    instants_in,
    is_number,
    numbers_in,
    position_in,
    time_format,
    words_in,
)
from sensors.sources.mapped.usual import USUAL

_SUSPECTS = frozenset({999, 9999, 99999, 65535, 32767})


def tables(shape: RecordShape, roles: Roles) -> Iterator[str]:
    """The rest of [body], and every table after it."""
    if shape.records:
        yield f"records = {quoted(shape.records)}"
    yield from ("", "[record]")
    yield _identity(roles, shape)
    yield from _missing(shape, roles)
    yield from _time(shape, roles)
    if roles.space is not None:
        yield from _space(shape, roles.space)
    else:
        yield from _status(shape, roles)
        yield from _counts(shape, roles)
    yield from _place(shape, roles)


def _identity(roles: Roles, shape: RecordShape) -> str:
    if shape.records.endswith("*") and (roles.id is None or roles.id.doubt):
        return line('id = "$key"', note="the records stand under names")
    if roles.id is not None:
        return line(f"id = {quoted(roles.id.path)}", roles.id)
    if roles.name is not None:
        return line(f"id = {quoted(roles.name.path)}", note="doubtful: nothing but a name tells records apart")
    first = next(iter(shape.columns))
    return line(f"id = {quoted(first)}", note="doubtful: nothing looks like an id; this is the first field")


def _numeric(roles: Roles) -> list[ColumnRole]:
    return [*roles.vacant.values(), *roles.occupied.values(), *roles.capacity.values()]


def _missing(shape: RecordShape, roles: Roles) -> Iterator[str]:
    """Texts that stand for nothing are proposed; numbers that may be sentinels are comments."""
    nothing, suspects = Counter[str](), Counter[int]()
    for role in _numeric(roles):
        found = numbers_in(shape.columns[role.path])
        nothing += found.nothing
        suspects += Counter(number for number in found.whole if number < 0 or number in _SUSPECTS)
    if nothing:
        words = ", ".join(f"{quoted(word)} {count} times" for word, count in nothing.most_common(8))
        text = f"missing = {listed([quoted(word) for word in sorted(nothing)[:8]])}"
        yield line(text, note=f"doubtful: stands where a number should: {words}; then the number is unknown")
    if suspects:
        words = ", ".join(f"{number} {count} times" for number, count in suspects.most_common(8))
        text = f"# missing = {listed([str(number) for number in sorted(suspects)[:8]])}"
        yield line(text, note=f"doubtful: {words}; is that no number? until it is listed, a negative one is refused")


def _time(shape: RecordShape, roles: Roles) -> Iterator[str]:
    role, columns = roles.time, shape.columns
    if role is None:
        found = [
            (path, values) for path, values in shape.top.items() if (form := time_format(values)) and form[0] == "iso"
        ]
        if not found:
            yield from ("", "# [time]   no field with times was found: what is said is as old as its arrival")
            return
        path, values = found[0]
        role, columns = (
            ColumnRole("/" + path, 1, "the top of the body", "is it when all of it was true?"),
            {"/" + path: values},
        )
    form = time_format(columns[role.path])
    yield from ("", "[time]", line(f"at = {quoted(role.path)}", role))
    if form is not None and form[0] != "iso":
        yield f"format = {quoted(form[0])}"
    if form is not None and len(times := instants_in(columns[role.path], form[0])) > 1:
        spread = max(times) - min(times)
        if spread > DEFAULT_VALID_FOR_S:
            yield line('recording = "record"', note=f"its times lie up to {spread / 3600:.1f} h apart")
    said = [one for one in columns[role.path] if one not in (None, "")]
    if len(said) < len(columns[role.path]) or len(said) < (shape.size if not role.path.startswith("/") else 0):
        yield line("optional = true", note="doubtful: some records have none, and are then as old as their arrival")


def _status(shape: RecordShape, roles: Roles) -> Iterator[str]:
    if roles.status is None:
        return
    words = words_in(shape.columns[roles.status.path])
    by_meaning: dict[str, list[str]] = {}
    strangers = []
    for word in sorted(words):
        meaning = next((name for name, known in USUAL.items() if word.casefold() in known), None)
        if meaning is None and word.casefold() in STATES["free"]:
            by_meaning.setdefault("spaces_available", []).append(word)
        elif meaning is None and word and word.casefold() not in NOTHING:
            strangers.append(word)
        elif meaning is not None:
            by_meaning.setdefault(meaning, []).append(word)
    active = bool(by_meaning)
    mark = "" if active else "# "
    if not active:
        yield from ("", f"# doubtful: nobody says what these words of {roles.status.path} mean: write them into lists")
        yield "# below, and take the # away; until then they are not looked at, and a number beside them counts. Where"
        yield "# a record is one single bay write [space] instead, with at, free = […] and occupied = […]."
    else:
        yield ""
    yield f"{mark}[[status]]"
    yield line(f"{mark}at = {quoted(roles.status.path)}", roles.status)
    for meaning, found in by_meaning.items():
        is_free = any(word.casefold() in STATES["free"] for word in found)
        note = "doubtful: free, or free of charge?" if is_free else "guessed from what signs and portals call it"
        yield line(f"{mark}{meaning} = {listed(list(map(quoted, found)))}", note=note)
    if strangers:
        yield line(
            f"# open/closed/not_counted… = {listed(list(map(quoted, strangers)))}", note="doubtful: what are they?"
        )
        if active:
            yield line('others = "refuse"', note="a word of no list refuses its record; or write unknown, nothing")
    if active and (words.get("", 0) or any(word.casefold() in NOTHING for word in words)):
        yield line('missing = "unknown"', note="doubtful: some records have none")


def _counts(shape: RecordShape, roles: Roles) -> Iterator[str]:
    found = False
    for audience in Audience:
        vacant, occupied, capacity = (by.get(audience) for by in (roles.vacant, roles.occupied, roles.capacity))
        if vacant is None and (occupied is None or capacity is None):
            continue
        found = True
        yield from ("", "[[count]]")
        if audience is not Audience.PUBLIC:
            yield line(f"category = {quoted(audience.value)}", note="doubtful: guessed from the name of the field")
        if vacant is not None:
            yield line(f"vacant = {quoted(vacant.path)}", _checked(shape, vacant, capacity))
        elif occupied is not None:
            yield line(f"occupied = {quoted(occupied.path)}", and_doubt(occupied, "is it cars, and not a share?"))
        if capacity is not None:
            none = numbers_in(shape.columns[capacity.path]).whole.count(0)
            doubt = f"0 in {none} records, which is read as unknown" if none else ""
            yield line(f"capacity = {quoted(capacity.path)}", and_doubt(capacity, doubt))
    if not found:
        whole = [path for path, values in shape.columns.items() if is_number(values)]
        yield from (
            "",
            "# [[count]]   no field looks like a number of vacant spaces: vacant = …, or occupied and capacity",
        )
        if whole:
            yield f"# whole numbers stand in {', '.join(whole[:20])}"


def _checked(shape: RecordShape, vacant: ColumnRole, capacity: ColumnRole | None) -> ColumnRole:
    """The same, with a doubt where it is often above the capacity."""
    if capacity is None:
        return vacant
    pairs = zip(shape.columns[vacant.path], shape.columns[capacity.path], strict=False)
    pairs_of = [(numbers_in([one]).whole, numbers_in([other]).whole) for one, other in pairs]
    above = sum(bool(one and other and one[0] > other[0] > 0) for one, other in pairs_of)
    if not above:
        return vacant
    return and_doubt(vacant, f"in {above} records it is above {capacity.path}, and will be refused")


def _space(shape: RecordShape, role: ColumnRole) -> Iterator[str]:
    words = [word for word in sorted(words_in(shape.columns[role.path])) if word]
    lists: dict[str, list[str]] = {"free": [], "occupied": []}
    if {word.casefold() for word in words} <= {"true", "false"}:
        is_occupied = not {"free", "vacant", "available", "libre", "frei"} & set(tokens_of(role.path))
        lists = {"free": ["false" if is_occupied else "true"], "occupied": ["true" if is_occupied else "false"]}
    else:
        for word in words:
            meaning = next(name for name, known in STATES.items() if word.casefold() in known)
            lists.setdefault(meaning, []).append(quoted(word))
    yield from ("", "[space]", line(f"at = {quoted(role.path)}", role))
    for name, found in lists.items():
        yield f"{name} = {listed(found)}" if found else line(f"{name} = []", note="doubtful: no such word stood there")
    yield line('# zone = "…"', note="doubtful: which field says to which street or car park a bay belongs?")


def _place(shape: RecordShape, roles: Roles) -> Iterator[str]:
    yield from (
        "",
        line("[place]", note="take this table out if the catalogue alone shall say which places there are"),
    )
    for name, role in (("name", roles.name), ("address", roles.address), ("height", roles.height)):
        if role is not None:
            yield line(f"{name} = {quoted(role.path)}", role)
    if not (roles.vacant or roles.occupied) and Audience.PUBLIC in roles.capacity:
        yield line(f"capacity = {quoted(roles.capacity[Audience.PUBLIC].path)}", roles.capacity[Audience.PUBLIC])
    if roles.point is not None:
        yield line(f"point = {quoted(roles.point.path)}", roles.point)
        found = position_in(shape.columns[roles.point.path])
        if found is not None and found.order is not None:
            yield line(f"order = {quoted(found.order)}", note="" if found.is_sure else "doubtful: by where Europe is")
    elif roles.lon is not None and roles.lat is not None:
        yield line(f"lon = {quoted(roles.lon.path)}", roles.lon)
        yield line(f"lat = {quoted(roles.lat.path)}", roles.lat)
    if shape.format == "geojson" and "crs.properties.name" in shape.top:
        yield line('system_at = "/crs"', note="the file states its reference system")
