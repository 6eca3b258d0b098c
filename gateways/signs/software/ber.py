"""SNMPv1 as bytes: just what a sign must read and write, by hand, because hundreds of signs live in one process.

Reading never raises anything but BerError, whatever the bytes are.
"""

from typing import NamedTuple

Oid = tuple[int, ...]
INTEGER, OCTETS, NULL, OID, SEQUENCE, ADDRESS = 0x02, 0x04, 0x05, 0x06, 0x30, 0x40
GET, GET_NEXT, RESPONSE, SET = 0xA0, 0xA1, 0xA2, 0xA3
NO_ERROR, TOO_BIG, NO_SUCH_NAME, BAD_VALUE, READ_ONLY, GEN_ERR = range(6)
Value = int | bytes | Oid | None
MAX_BINDINGS = 128


class BerError(Exception):
    """These bytes are no SNMPv1 request."""


class Request(NamedTuple):
    """A request as it came; values are None where it asks."""

    community: bytes
    kind: int
    request_id: int
    bindings: tuple[tuple[Oid, Value], ...]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, *tags: int) -> tuple[int, bytes]:
        """The next element, which must have one of these tags."""
        data, at = self.data, self.at
        if at + 2 > len(data) or (tags and data[at] not in tags):
            raise BerError
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            if not 1 <= count <= 4 or at + count > len(data):
                raise BerError
            size, at = int.from_bytes(data[at : at + count]), at + count
        if at + size > len(data):
            raise BerError
        self.at = at + size
        return tag, data[at : at + size]

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.data)


def read_request(data: bytes) -> Request:
    """Raises BerError."""
    outer = _Reader(data)
    message = _Reader(outer.take(SEQUENCE)[1])
    if not outer.is_done or _integer(message.take(INTEGER)[1]) != 0:
        raise BerError
    community = message.take(OCTETS)[1]
    kind, body = message.take(GET, GET_NEXT, SET)
    pdu = _Reader(body)
    request_id = _integer(pdu.take(INTEGER)[1])
    pdu.take(INTEGER)
    pdu.take(INTEGER)
    rows = _Reader(pdu.take(SEQUENCE)[1])
    bindings: list[tuple[Oid, Value]] = []
    while not rows.is_done:
        row = _Reader(rows.take(SEQUENCE)[1])
        oid = _oid(row.take(OID)[1])
        bindings.append((oid, _value(*row.take())))
        if len(bindings) > MAX_BINDINGS:
            raise BerError
    return Request(community, kind, request_id, tuple(bindings))


def write_response(
    asked: Request, bindings: tuple[tuple[Oid, Value], ...], status: int = NO_ERROR, index: int = 0
) -> bytes:
    """The answer to a request."""
    rows = b"".join(_element(SEQUENCE, _element(OID, _oid_bytes(oid)) + _value_bytes(value)) for oid, value in bindings)
    body = _int_bytes(asked.request_id) + _int_bytes(status) + _int_bytes(index) + _element(SEQUENCE, rows)
    return _element(SEQUENCE, _int_bytes(0) + _element(OCTETS, asked.community) + _element(RESPONSE, body))


def _integer(data: bytes) -> int:
    if not 1 <= len(data) <= 8:
        raise BerError
    return int.from_bytes(data, signed=True)


def _oid(data: bytes) -> Oid:
    if not data or len(data) > 128:
        raise BerError
    parts, number = [min(data[0] // 40, 2), data[0] - 40 * min(data[0] // 40, 2)], 0
    for byte in data[1:]:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(number)
            number = 0
    if len(data) > 1 and data[-1] & 0x80:
        raise BerError
    return tuple(parts)


def _value(tag: int, data: bytes) -> Value:
    if tag == INTEGER or tag in (0x41, 0x42, 0x43):
        return _integer(data)
    if tag in (OCTETS, ADDRESS, 0x44):
        return data
    if tag == OID:
        return _oid(data)
    if tag == NULL and not data:
        return None
    raise BerError


def _element(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + body


def _int_bytes(number: int) -> bytes:
    return _element(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, signed=True))


def _oid_bytes(oid: Oid) -> bytes:
    out = bytearray((oid[0] * 40 + oid[1],)) if len(oid) > 1 else bytearray((0,))
    for part in oid[2:]:
        chunk = [part & 0x7F]
        while part := part >> 7:
            chunk.append(part & 0x7F | 0x80)
        out += bytes(reversed(chunk))
    return bytes(out)


def _value_bytes(value: Value) -> bytes:
    if value is None:
        return b"\x05\x00"
    if isinstance(value, int):
        return _int_bytes(value)
    if isinstance(value, bytes):
        return _element(OCTETS, value)
    return _element(OID, _oid_bytes(value))
