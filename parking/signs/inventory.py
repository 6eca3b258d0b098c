"""Merging what files say about signs into what is known: pure, a file after the other.

A field that a file does not state stays as it was. The lines of a sign are stated together: those that a file which
states any does not name are gone. A file that names an address which is another sign's is refused whole.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from parking.catalogue.rows import RowRefusal, Where
from parking.errors import ParkingError
from parking.signs.addresses import same_address, with_port
from parking.signs.model import Sign
from parking.signs.words import InvalidSignError, SignMode, SignProtocol

_PATH = re.compile(r"(?s)(.*) - at `\$\.?(.*)`")
_LINE = re.compile(r"\bline (\d+)|^lines\[(\d+)\]")
_NAMED = ("address", "bearing_deg", "point", "mode", "ntcip", "tedi", "font", "language")
_MOST_TOLD = 300


class SignRow(NamedTuple):
    """What a file says of a sign: fields by name, as ``Sign`` has them; ``line_rows`` says where each line stands."""

    where: Where
    stated: Mapping[str, Any]
    line_rows: tuple[Where, ...] = ()


class SignFile(NamedTuple):
    """What one file says; ``is_text`` where numbers come as text, as from a table."""

    rows: tuple[SignRow, ...] = ()
    refusals: tuple[RowRefusal, ...] = ()
    notes: tuple[str, ...] = ()
    is_text: bool = False


class MergedSigns(NamedTuple):
    """What an import changes, refuses and warns of; ``new`` are ids among the changed."""

    changed: tuple[Sign, ...] = ()
    new: frozenset[str] = frozenset()
    refusals: tuple[RowRefusal, ...] = ()
    notes: tuple[str, ...] = ()


def merge_signs(tenant: str, known: Iterable[Sign], places: Collection[str], files: Iterable[SignFile]) -> MergedSigns:
    """Put files together with the signs of all cities; ``places`` are the ids of this city's."""
    merging = _Merging(tenant, {sign.key: sign for sign in known})
    for file in files:
        merging.take(file)
    changed = sorted(merging.changed.values(), key=lambda sign: sign.id)
    notes = [*merging.notes, *(note for sign in changed for note in _unknown_places(sign, places))]
    return MergedSigns(tuple(changed), frozenset(merging.new), tuple(merging.refusals), tuple(notes))


class _Merging:
    def __init__(self, tenant: str, known: dict[str, Sign]) -> None:
        self.tenant, self.signs = tenant, known
        self.changed: dict[str, Sign] = {}
        self.new: set[str] = set()
        self.refusals: list[RowRefusal] = []
        self.notes: list[str] = []
        self._said: dict[str, Where] = {}

    def take(self, file: SignFile) -> None:
        """One more file; what it says of signs counts whole, or where it takes an address not at all."""
        self.refusals += file.refusals
        self.notes += file.notes
        found: dict[str, tuple[SignRow, Sign]] = {}
        for row in file.rows:
            sign = self._read(row, file.is_text, found)
            if isinstance(sign, RowRefusal):
                self.refusals.append(sign)
            else:
                found[sign.key] = row, sign
        after = self.signs | {key: sign for key, (_, sign) in found.items()}
        if taken := list(_list_taken(found, after)):
            self.refusals += taken
            return
        for key, (row, sign) in found.items():
            self._said[sign.id] = row.where
            if sign != self.signs.get(key):
                if key not in self.signs:
                    self.new.add(sign.id)
                self.signs[key] = self.changed[key] = sign

    def _read(self, row: SignRow, is_text: bool, found: Mapping[str, tuple[SignRow, Sign]]) -> Sign | RowRefusal:
        sign_id = row.stated.get("id")
        if not isinstance(sign_id, str) or not sign_id:
            return RowRefusal(row.where, "id", "a sign needs an id, a text like 'A12'")
        key = f"{self.tenant}/signs/{sign_id}"
        before = found[key][0].where if key in found else self._said.get(sign_id)
        if before is not None:
            return RowRefusal(row.where, "id", f"sign {sign_id!r:.80} stands in {before} already: say it once")
        if row.stated.get("tenant", self.tenant) != self.tenant:
            return RowRefusal(row.where, "tenant", f"this is another city's; it is imported into {self.tenant}")
        return _build(self.tenant, row, self.signs.get(key), is_text)


def _build(tenant: str, row: SignRow, known: Sign | None, is_text: bool) -> Sign | RowRefusal:
    held = msgspec.to_builtins(known, str_keys=True) if known is not None else {}
    whole = _over(held, row.stated) | {"tenant": tenant}
    if isinstance(point := row.stated.get("point"), Mapping):
        whole["point"] = [point.get("lon"), point.get("lat")]
    if "lines" in row.stated:
        whole["lines"] = _lines_over(held.get("lines", ()), row.stated["lines"])
    try:
        _put_port(whole)
        sign = msgspec.convert(whole, Sign, strict=not is_text, str_keys=True)
        _require_sound(sign)
        return sign
    except msgspec.ValidationError as error:
        told, path = _PATH.fullmatch(str(error)).groups() if _PATH.fullmatch(str(error)) else (str(error), "")  # type: ignore[union-attr]
        return RowRefusal(_where(row, path), _column(path, is_text), f"{told[:_MOST_TOLD]}; correct it")
    except (ParkingError, RecursionError) as error:
        told = str(error)[:_MOST_TOLD] or "nested too deeply to be a sign"
        return RowRefusal(_where(row, told), next((name for name in _NAMED if name in told), ""), told)


def _require_sound(sign: Sign) -> None:
    if sign.address is not None:
        same_address(sign.address)


def _put_port(whole: dict[str, Any]) -> None:
    address, protocol = whole.get("address"), whole.get("protocol")
    if not isinstance(address, str):
        return
    if "@" in address or "://" in address:
        raise InvalidSignError(
            "address must be host:port alone: users and passwords stand in PLACELIBRE_SIGNS_SECRETS, never in a file"
        )
    if protocol in list(SignProtocol):
        whole["address"] = with_port(address, SignProtocol(protocol))


def _over(held: Any, stated: Any) -> Any:
    """What is stated, over what was held, field by field."""
    if not isinstance(held, Mapping) or not isinstance(stated, Mapping):
        return stated
    return {**held, **{name: _over(held.get(name), value) for name, value in stated.items()}}


def _lines_over(held: Iterable[Mapping[str, Any]], stated: Any) -> Any:
    if not isinstance(stated, list | tuple):
        return stated
    known = {str(line.get("number")): line for line in held}
    return [_over(known.get(str(line.get("number"))), line) if isinstance(line, Mapping) else line for line in stated]


def _where(row: SignRow, path: str) -> Where:
    found = _LINE.search(path)
    if found is None:
        return row.where
    at = int(found[1]) - 1 if found[1] else int(found[2])
    return row.line_rows[at] if 0 <= at < len(row.line_rows) else row.where


def _column(path: str, is_text: bool) -> str:
    """The field as the file names it: a table has no path."""
    return path.rpartition(".")[2].partition("[")[0] if is_text and path.startswith("lines[") else path


def _list_taken(found: Mapping[str, tuple[SignRow, Sign]], after: Mapping[str, Sign]) -> Iterator[RowRefusal]:
    """A refusal for each sign of a file that has an address of another; then nothing of the file is taken."""
    owners: dict[str, list[Sign]] = {}
    for sign in after.values():
        if sign.address is not None and sign.mode is not SignMode.RETIRED and sign.protocol is not SignProtocol.DATEX:
            owners.setdefault(_comparable(sign.address), []).append(sign)
    for signs in owners.values():
        ours = [sign for sign in signs if sign.key in found]
        if len(signs) < 2 or not ours:
            continue
        last = ours[-1]
        others = ", ".join(sorted(_named(sign, last) for sign in signs if sign is not last))
        detail = (
            f"sign {last.id} and {others} have one address, {last.address}: two that speak to one sign make it show "
            f"now this, now that. Nothing of this file is taken; what stands already stays as it was"
        )
        yield RowRefusal(found[last.key][0].where, "address", detail)


def _named(sign: Sign, beside: Sign) -> str:
    return f"sign {sign.id}" if sign.tenant == beside.tenant else f"sign {sign.id} of {sign.tenant}"


def _comparable(address: str) -> str:
    try:
        return same_address(address)
    except InvalidSignError:  # declared by somebody who was not asked
        return address


def _unknown_places(sign: Sign, places: Collection[str]) -> Iterator[str]:
    for line in sign.lines:
        for place in line.places:
            if place not in places:
                yield (
                    f"sign {sign.id}, line {line.number}: {sign.tenant} has no place {place!r:.80}; the line stays "
                    f"dark until it has"
                )
