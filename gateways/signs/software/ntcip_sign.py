"""An NTCIP 1203 v3 sign in software: what SNMP asks, answered from its tables as the standard has it.

A request is taken whole or not at all; the error says which of its objects was wrong. A face is what is really lit:
what the message says, but for what a failed face makes of it.
"""

import bisect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from gateways.signs.software.ber import (
    BAD_VALUE,
    GEN_ERR,
    GET,
    GET_NEXT,
    NO_SUCH_NAME,
    READ_ONLY,
    TOO_BIG,
    BerError,
    Oid,
    Request,
    Value,
    read_request,
    write_response,
)
from gateways.signs.software.clock import SignClock
from gateways.signs.software.control import CENTRAL, CENTRAL_OVERRIDE, LOCAL, SignControl
from gateways.signs.software.health import SignCabinet
from gateways.signs.software.messages import CURRENT, STATUS, MessageTable, RefusedError
from gateways.signs.software.switches import Switches
from parking.signs.model import SignLimits
from parking.signs.multi.raster import rasterise
from parking.signs.multi.tags import MultiError

SIGN_MIB: Oid = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 3)
SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)
_CELLS: Oid = (*SIGN_MIB, 5, 8, 1)
_ACTS = frozenset((*SIGN_MIB, *suffix, 0) for suffix in ((6, 1), (6, 2), (6, 3), (6, 4), (9, 7, 4)))
MAX_ANSWER = 1400
_TAGS = (
    *("cb", "cf", "fl", "fo", "g", "hc", "jl", "jp", "ms", "mv", "nl", "np", "pt", "sc"),
    *(f"f{number}" for number in range(1, 14)),
    *("tr", "cr", "pb"),
)
DEFAULT_TAGS = ("cb", "cf", "fo", "jl", "jp", "nl", "np", "pt", "sc", "tr", "cr", "pb")

Getter = Callable[[], Value]
Setter = Callable[[Any], None]


def complete(limits: SignLimits) -> SignLimits:
    """Limits with what a software sign has where the inventory does not say."""
    said = {
        "width_px": 145, "height_px": 27, "char_width_px": 0, "char_height_px": 0, "pitch_mm": 20, "sign_type": 6,
        "colour_scheme": 1, "tags": DEFAULT_TAGS, "max_pages": 2, "max_multi_bytes": 1024, "default_font": 1,
        "volatile_slots": 2, "changeable_slots": 3, "model": "placelibre software sign",
    }  # fmt: skip
    missing = {name: value for name, value in said.items() if getattr(limits, name) is None}
    if not limits.fonts:
        missing["fonts"] = {1: "F07", 2: "F07-C"}
    full = msgspec.structs.replace(limits, **missing)
    pitch = full.pitch_mm or 20
    return msgspec.structs.replace(
        full, width_mm=full.width_mm or (full.width_px or 1) * pitch + 200,
        height_mm=full.height_mm or (full.height_px or 1) * pitch + 200,
    )  # fmt: skip


class NtcipSign:
    """One sign. ``answer`` takes a datagram and gives one, or None. ``counts`` says what became of each."""

    def __init__(self, limits: SignLimits, clock: SignClock | None = None, community: bytes = b"Public") -> None:
        self.limits, self.clock, self.community = complete(limits), clock or SignClock(), community
        self.switches = Switches()
        self.table = MessageTable(self.limits, self.switches)
        self.control = SignControl(self.table, self.clock, self.switches)
        self.cabinet = SignCabinet(self.clock, self.switches)
        self.counts = {"answered": 0, "unreadable": 0, "stranger": 0, "refused": 0}
        self.default_font = self.limits.default_font or 1
        self._objects = self._tree()
        self._order: list[Oid] = []

    def answer(self, data: bytes) -> bytes | None:
        """What a sign says to these bytes; nothing to what is no request, or of the wrong community."""
        self.control.tick()
        try:
            asked = read_request(data)
        except BerError:
            self.counts["unreadable"] += 1
            return None
        if asked.community != self.community:
            self.counts["stranger"] += 1
            return write_response(asked, asked.bindings, NO_SUCH_NAME, 1) if self.switches.answers_strangers else None
        self.control.hear()
        try:
            reply = self._do(asked)
        except _RefusedAt as refused:
            self.counts["refused"] += 1
            return write_response(asked, asked.bindings, refused.status, refused.index)
        self.counts["answered"] += 1
        return reply

    def lit(self) -> frozenset[tuple[int, int]]:
        """The pixels that a driver sees."""
        self.control.tick()
        if self.switches.critical_temperature:
            return frozenset()
        try:
            lit = rasterise(self.control.multi.decode("ascii", "replace"), self.limits).lit
        except MultiError:
            lit = frozenset()
        on = {(x, y) for x, y, is_on in self.switches.stuck if is_on}
        off = {(x, y) for x, y, is_on in self.switches.stuck if not is_on}
        return frozenset((lit | on) - off)

    @property
    def is_dark(self) -> bool:
        """Whether nothing is lit."""
        return not self.lit()

    def _do(self, asked: Request) -> bytes:
        if asked.kind == GET:
            rows = tuple((oid, self._get(oid, index)) for index, (oid, _) in enumerate(asked.bindings, 1))
        elif asked.kind == GET_NEXT:
            nexts = [self._next(oid, index) for index, (oid, _) in enumerate(asked.bindings, 1)]
            rows = tuple((oid, self._get(oid, 1)) for oid in nexts)
        else:
            self._set_all(asked)
            rows = asked.bindings
        reply = write_response(asked, rows)
        if len(reply) > MAX_ANSWER:
            raise _RefusedAt(TOO_BIG, 0)
        return reply

    def _get(self, oid: Oid, index: int) -> Value:
        known = self._find(oid)
        if known is None:
            raise _RefusedAt(NO_SUCH_NAME, index)
        return known[0]()

    def _find(self, oid: Oid) -> tuple[Getter, Setter | None] | None:
        row = self._row_of(oid)
        if row is not None and 1 <= oid[-3] <= STATUS:
            return self._cell(row.memory, row.number, oid[-3])
        return self._objects.get(oid)

    def _next(self, oid: Oid, index: int) -> Oid:
        if not self._order:
            cells = [(*_CELLS, column, *at) for at in self.table.rows for column in range(1, STATUS + 1)]
            self._order = sorted([*self._objects, *cells])
        at = bisect.bisect_right(self._order, oid)
        if at == len(self._order):
            raise _RefusedAt(NO_SUCH_NAME, index)
        return self._order[at]

    def _set_all(self, asked: Request) -> None:
        """Whole or not at all; of two acts in one request (activate, reset, end) the first stays done."""
        modified = self._to_be_modified(asked)
        for index, (oid, value) in enumerate(asked.bindings, 1):
            known = self._find(oid)
            if known is None:
                raise _RefusedAt(NO_SUCH_NAME, index)
            if known[1] is None:
                raise _RefusedAt(READ_ONLY, index)
            row = self._row_of(oid)
            try:
                if row is not None:
                    being = row.status == 2 or (row.memory, row.number) in modified
                    self.table.check(row, oid[-3], value, being)
            except RefusedError as error:
                raise _RefusedAt(error.status, index) from None
        self._write_all(asked)

    def _write_all(self, asked: Request) -> None:
        undo: list[Callable[[], object]] = []
        for index, (oid, value) in sorted(enumerate(asked.bindings, 1), key=lambda each: _when(each[1])):
            known = self._find(oid)
            assert known is not None
            assert known[1] is not None
            undo.append(self._undoing(oid, known[0], known[1]))
            try:
                known[1](value)
            except (RefusedError, TypeError, ValueError, AttributeError) as error:
                for back in reversed(undo[:-1]):
                    back()
                status = error.status if isinstance(error, RefusedError) else BAD_VALUE
                raise _RefusedAt(status, index) from None

    def _undoing(self, oid: Oid, get: Getter, put: Setter) -> Callable[[], object]:
        """What puts back what stands there now; an act, which nothing follows but another, is not undone."""
        if oid in _ACTS:
            return lambda: None
        row, old = self._row_of(oid), get()
        if row is None:
            return lambda: put(old)
        kept = replace(row)
        return lambda: self.table.rows.__setitem__((kept.memory, kept.number), kept)

    def _to_be_modified(self, asked: Request) -> set[tuple[int, int]]:
        """Rows that this very request asks to modify."""
        found = set()
        for oid, value in asked.bindings:
            row = self._row_of(oid)
            if row is not None and oid[-3] == STATUS and value == 6:
                found.add((row.memory, row.number))
        return found

    def _row_of(self, oid: Oid) -> Any:
        if len(oid) == len(_CELLS) + 3 and oid[:-3] == _CELLS:
            return self.table.rows.get((oid[-2], oid[-1]))
        return None

    def _tree(self) -> dict[Oid, tuple[Getter, Setter | None]]:
        tree: dict[Oid, tuple[Getter, Setter | None]] = {SYSTEM: (self._model, None)}

        def add(suffix: tuple[int, ...], get: Getter, put: Setter | None = None) -> None:
            tree[(*SIGN_MIB, *suffix, 0)] = (get, put)

        self._add_shape(add)
        self._add_control(add)
        for suffix, getter, putter in self.cabinet.objects():
            tree[(*SIGN_MIB, *suffix)] = (getter, putter)
        for number, name in self.limits.fonts.items():
            tree |= {
                (*SIGN_MIB, 3, 2, 1, column, number): (lambda value=value: value, None)  # type: ignore[misc]
                for column, value in ((1, number), (2, number), (3, name.encode()))
            }
        return tree

    def _cell(self, memory: int, number: int, column: int) -> tuple[Getter, Setter]:
        def get() -> Value:
            row = self.table.rows[memory, number]
            return self.control.crc_of(row) if column == 5 and memory != CURRENT else row.column(column)

        def put(value: Any) -> None:
            self.table.write(self.table.rows[memory, number], column, value)

        return get, put

    def _add_shape(self, add: Callable[..., None]) -> None:
        limits = self.limits
        border = 50
        for suffix, value in (
            ((1, 1), 1), ((1, 2), limits.sign_type), ((1, 3), limits.height_mm), ((1, 4), limits.width_mm),
            ((1, 5), border), ((1, 6), border), ((1, 7), 2), ((1, 8), 2), ((1, 9), b"\x02\x00"),
            ((2, 1), limits.char_height_px), ((2, 2), limits.char_width_px), ((2, 3), limits.height_px),
            ((2, 4), limits.width_px), ((2, 5), limits.pitch_mm), ((2, 6), limits.pitch_mm),
            ((2, 7), bytes((255, 208, 0, 0, 0, 0))), ((3, 1), max(limits.fonts)), ((3, 3), 128),
            ((4, 10), 2), ((4, 11), limits.colour_scheme), ((4, 14), _bitmap(limits.tags or ())),
            ((4, 15), limits.max_pages), ((4, 16), limits.max_multi_bytes), ((5, 1), 0),
            ((5, 3), limits.changeable_slots), ((5, 6), limits.volatile_slots),
        ):  # fmt: skip
            add(suffix, lambda value=value: value)
        add((4, 5), lambda: self.default_font, lambda value: setattr(self, "default_font", _within(value, 1, 255)))
        self._defaults = {3: 5, 4: 5, 6: 3, 7: 3, 8: 30, 9: 0}
        for number in self._defaults:
            add((4, number), lambda number=number: self._defaults[number], self._default_setter(number))
        add((5, 2), lambda: self._count(3))
        add((5, 5), lambda: self._count(4))
        add((5, 9), lambda: self.table.validate_error)

    def _default_setter(self, number: int) -> Setter:
        return lambda value: self._defaults.__setitem__(number, _within(value, 0, 255))

    def _count(self, memory: int) -> int:
        return sum(row.status == 4 for (kept, _), row in self.table.rows.items() if kept == memory)

    def _add_control(self, add: Callable[..., None]) -> None:
        control = self.control
        add((6, 1), self._mode, self._set_mode)
        add((6, 2), lambda: 0, lambda value: control.reset() if _within(value, 0, 1) else None)
        add((6, 3), lambda: bytes(12), self._activate)
        add((6, 4), lambda: control.remaining_min, lambda value: control.set_remaining(_within(value, 0, 65535)))
        add((6, 5), lambda: control.shown)
        add((6, 6), lambda: control.requester)
        add((6, 7), lambda: control.source)
        names = {8: "short_power", 9: "long_power", 11: "reset", 12: "comm_loss", 14: "power_loss", 15: "end"}
        for number, name in names.items():
            add((6, number), lambda name=name: control.on[name], self._event_setter(name))
        add(
            (6, 10),
            lambda: control.short_power_s,
            lambda value: setattr(control, "short_power_s", _within(value, 0, 65535)),
        )
        add((6, 13), lambda: control.comm_loss_min, self._set_comm_loss)
        add((6, 17), lambda: control.error)
        add((6, 18), lambda: self.table.syntax_error)
        add((6, 19), lambda: self.table.syntax_position)
        add((6, 24), lambda: control.error_code)
        add((6, 25), lambda: control.state)

    def _event_setter(self, name: str) -> Setter:
        def put(value: Any) -> None:
            if not isinstance(value, bytes) or len(value) != 5:
                raise RefusedError(BAD_VALUE)
            self.control.on[name] = value

        return put

    def _mode(self) -> int:
        self.control.look_at_key()
        return self.control.mode

    def _set_mode(self, value: Any) -> None:
        if value not in (CENTRAL, CENTRAL_OVERRIDE):
            raise RefusedError(BAD_VALUE)
        if self._mode() == LOCAL and value == CENTRAL:
            raise RefusedError(GEN_ERR)
        self.control.mode = value

    def _set_comm_loss(self, value: Any) -> None:
        self.control.comm_loss_min = _within(value, 0, 65535)
        if value and self.switches.locks_on_comm_loss:
            self.switches.silent = True

    def _activate(self, value: Any) -> None:
        if not isinstance(value, bytes) or len(value) != 12:
            raise RefusedError(BAD_VALUE)
        self._mode()
        if not self.control.activate(value):
            raise RefusedError(GEN_ERR)

    def _model(self) -> Value:
        return (self.limits.model or "").encode()


class _RefusedAt(Exception):  # noqa: N818 - an SNMP status, not a mistake
    def __init__(self, status: int, index: int) -> None:
        super().__init__(status, index)
        self.status, self.index = status, index


def _when(binding: tuple[Oid, Value]) -> int:
    """A request that modifies comes before what it writes, one that validates after, and acts at the end."""
    oid, value = binding
    if oid in _ACTS:
        return 3
    if oid[:-3] == _CELLS and oid[-3] == STATUS:
        return 0 if value in (6, 8) else 2
    return 1


def _within(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or not low <= value <= high:
        raise RefusedError(BAD_VALUE)
    return value


def _bitmap(tags: tuple[str, ...]) -> bytes:
    bits = sum(1 << number for number, tag in enumerate(_TAGS) if tag in tags)
    return bits.to_bytes(4, "little")
