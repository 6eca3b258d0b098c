"""Files about signs: a table (a row for each line of a sign), TOML or JSON (``signs``, nested as they are stored).

Total: whatever the bytes, it returns rows and refusals. A community or password is refused wherever it stands, and is
never repeated: those come by setting alone.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import msgspec

from parking.catalogue.rows import RowRefusal, Where
from parking.signs.inventory import SignFile, SignRow
from sensors.bodies import MAX_BODY_BYTES
from sensors.catalogue.tables import read_table
from sensors.dialect import as_utf8, decode_text

SIGN_COLUMNS = {
    "sign": "id", "name": "name", "protocol": "protocol", "address": "address", "lon": "point.lon", "lat": "point.lat",
    "bearing_deg": "bearing_deg", "road": "road", "groups": "groups", "mode": "mode", "is_software": "is_software",
    "language": "language", "font": "font",
}  # fmt: skip
LINE_COLUMNS = {
    "line": "number", "legend": "legend", "places": "places", "is_printed": "is_printed", "arrow": "arrow",
    "short_legends": "short_legends",
    **{f"cell_{name}": f"cell.{name}" for name in ("x", "y", "width", "height", "characters")},
    **{name: f"rule.{name}" for name in (
        "full_at", "full_clears_at", "almost_full_at", "almost_full_clears_at", "almost_full_as_number", "rounding",
        "dwell_s", "min_share",
    )},
}  # fmt: skip
_NESTED = ("ntcip.", "tedi.", "limits.")
_LISTS = {"groups", "places", "short_legends", "tedi.modules", "tedi.local_keys", "limits.tags"}
_SECRET = re.compile(r"(?i)communit|communaut|passw|passe|pwd|secret|token|credential|api.?key")
_WHERE_SECRETS_GO = (
    "no community, password or other secret stands in an inventory, which many may read: take it out, and set "
    "PLACELIBRE_SIGNS_SECRETS (docs/signs.md), as JSON by sign id or *"
)
_YES = {"yes": "true", "oui": "true", "x": "true", "no": "false", "non": "false"}
_DEPTH = 20


def read_sign_file(file: str, payload: bytes) -> SignFile:
    """What a file says: TOML by its name, JSON where it begins with a brace or bracket, else a table."""
    if len(payload) > MAX_BODY_BYTES:
        return _refused(Where(file, 0), "", f"{len(payload)} bytes; at most {MAX_BODY_BYTES} are read: split it")
    if file.casefold().endswith(".toml"):
        return _read_toml(file, payload)
    text = as_utf8(payload.lstrip())
    if text.startswith((b"{", b"[")):
        return _read_json(file, text)
    return _read_table(file, payload)


def _refused(where: Where, column: str, detail: str) -> SignFile:
    return SignFile(refusals=(RowRefusal(where, column, detail),))


def _read_toml(file: str, payload: bytes) -> SignFile:
    try:
        return _read_nested(file, tomllib.loads(as_utf8(payload).decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        why = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "no UTF-8, or nested too deeply"
        return _refused(Where(file, 0), "", f"is no TOML ({why}): correct it")


def _read_json(file: str, text: bytes) -> SignFile:
    try:
        return _read_nested(file, _decode(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = str(error) if isinstance(error, msgspec.DecodeError) else "no UTF-8, or nested too deeply"
        return _refused(Where(file, 0), "", f"is no JSON ({why}): correct it")


def _decode(text: bytes) -> Any:
    """One document, or a sign a line, as `placelibre signs software --write` writes them."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith(b"{") for line in lines):
            raise
        return [msgspec.json.decode(line) for line in lines]


def _read_nested(file: str, document: Any) -> SignFile:
    listed = document.get("signs", document.get("sign")) if isinstance(document, dict) else document
    if not isinstance(listed, list):
        return _refused(Where(file, 0), "signs", "must be a list of signs, as `placelibre signs export` writes it")
    rows, refusals = [], []
    for number, stated in enumerate(listed, start=1):
        where = Where(file, number, "sign")
        if not isinstance(stated, dict):
            refusals.append(RowRefusal(where, "", "is no sign: it must have id, name, protocol and lines"))
        elif (named := next(_list_secrets(stated), None)) is not None:
            refusals.append(RowRefusal(where, named, _WHERE_SECRETS_GO))
        else:
            rows.append(SignRow(where, stated))
    return SignFile(tuple(rows), tuple(refusals))


def _list_secrets(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """The names in it that are a secret's; what is nested beyond all reason is refused later."""
    if depth > _DEPTH:
        return
    if isinstance(value, Mapping):
        for name, part in value.items():
            inside = f"{path}.{name}" if path else str(name)
            if _SECRET.search(str(name)):
                yield inside[:80]
            yield from _list_secrets(part, inside, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _list_secrets(part, path, depth + 1)


def _read_table(file: str, payload: bytes) -> SignFile:
    header = decode_text(payload[:10_000]).splitlines()[:1]
    if header and _SECRET.search(header[0]):
        return _refused(Where(file, 1), _SECRET.search(header[0])[0], _WHERE_SECRETS_GO)  # type: ignore[index]
    table = read_table(file, payload)
    if not table.columns:
        return SignFile(refusals=tuple(table.refusals))
    if "sign" not in table.columns:
        return _refused(Where(file, 1), "sign", "there is no column sign: a row is a line of a sign (docs/signs.md)")
    known = [name for name in table.columns if name in SIGN_COLUMNS | LINE_COLUMNS or name.startswith(_NESTED)]
    strangers = [name for name in table.columns if name not in known]
    notes = (f"{file}: these columns were not read: {', '.join(strangers)[:300]}",) if strangers else ()
    signs: dict[str, list[tuple[Where, dict[str, str]]]] = {}
    for where, cells in table.rows:
        signs.setdefault(cells["sign"], []).append((where, cells))
    rows = [_row_of(sign_id, lines) for sign_id, lines in signs.items()]
    refused = [row for row in rows if isinstance(row, RowRefusal)]
    taken = [row for row in rows if isinstance(row, SignRow)]
    torn = _of_torn(taken, table.refusals)
    return SignFile(tuple(taken), (*table.refusals, *refused, *torn), notes, is_text=True)


def _of_torn(rows: list[SignRow], torn: Any) -> list[RowRefusal]:
    """Take out the signs beside a row that cannot be read: it may have been one of their lines."""
    if not torn:
        return []
    refused = [RowRefusal(row.where, "", f"sign {row.stated['id']!r:.80} is not taken: a row of this table cannot be "
               "read, and may be one of its lines; correct that one") for row in rows]  # fmt: skip
    rows.clear()
    return refused


def _row_of(sign_id: str, lines: list[tuple[Where, dict[str, str]]]) -> SignRow | RowRefusal:
    """The rows of one sign as one; what they say of the sign itself must not differ."""
    first, stated = lines[0][0], dict[str, Any]()
    for where, cells in lines:
        for name, cell in cells.items():
            if not cell or (name not in SIGN_COLUMNS and not name.startswith(_NESTED)):
                continue
            path = SIGN_COLUMNS.get(name, name)
            value = _value(path, cell)
            if (before := _find(stated, path)) is not None and before != value:
                return RowRefusal(where, name, f"sign {sign_id!r:.80} says another {name} in {first}: say it once")
            _put(stated, path, value)
    numbered = [(where, cells) for where, cells in lines if any(cells.get(name) for name in LINE_COLUMNS)]
    if any(not cells.get("line", "").isdecimal() for _, cells in numbered):
        where = next(where for where, cells in numbered if not cells.get("line", "").isdecimal())
        return RowRefusal(where, "line", "the number of the sign's line is missing: 1 is the highest")
    numbered.sort(key=lambda one: int(one[1]["line"]))
    for (_, one), (where, other) in pairwise(numbered):
        if int(one["line"]) == int(other["line"]):
            return RowRefusal(where, "line", f"sign {sign_id!r:.80} has a line {other['line']} already: number it")
    if numbered:
        stated["lines"] = [_line_of(cells) for _, cells in numbered]
    return SignRow(first, stated, tuple(where for where, _ in numbered))


def _line_of(cells: Mapping[str, str]) -> dict[str, Any]:
    line: dict[str, Any] = {}
    for name, path in LINE_COLUMNS.items():
        if cell := cells.get(name):
            _put(line, path, int(cell) if name == "line" else _value(path, cell))
    return line


def _value(path: str, cell: str) -> Any:
    if path in _LISTS:
        return [part.strip() for part in cell.split("|") if part.strip()]
    if path.startswith("point."):
        return cell.replace(",", ".")
    return _YES.get(cell.casefold(), cell) if path in ("is_software", "is_printed") or "." in path else cell


def _put(into: dict[str, Any], path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for name in outer:
        into = into.setdefault(name, {})
    into[last] = value


def _find(inside: Any, path: str) -> Any:
    for name in path.split("."):
        inside = inside.get(name) if isinstance(inside, dict) else None
    return inside
