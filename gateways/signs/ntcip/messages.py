"""SNMPv1 messages as bytes and back, with pysnmp's message classes. Pure; whatever the bytes, nothing is raised."""

from enum import IntEnum
from typing import Any, NamedTuple

from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import univ
from pysnmp.proto import rfc1157
from pysnmp.proto.api import v1

from gateways.signs.ntcip.objects import Oid

Value = int | bytes | Oid | None
Binding = tuple[Oid, Value]

_LARGEST = 2**32
_VERSION_1 = 0


class SnmpStatus(IntEnum):
    """What an agent may say to a request."""

    NO_ERROR = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    BAD_VALUE = 3
    READ_ONLY = 4
    GEN_ERR = 5


class Reply(NamedTuple):
    """A response: whose request it answers, its error, and which object (from 1; 0: none) that is about."""

    request_id: int
    status: SnmpStatus
    error_index: int
    bindings: tuple[Binding, ...]


def encode_get(community: bytes, request_id: int, *oids: Oid) -> bytes:
    """A request for these objects."""
    return _encode(v1.GetRequestPDU(), community, request_id, tuple((oid, None) for oid in oids))


def encode_set(community: bytes, request_id: int, *bindings: Binding) -> bytes:
    """A request to set these objects, all or none."""
    return _encode(v1.SetRequestPDU(), community, request_id, bindings)


def decode_reply(data: bytes) -> Reply | None:
    """A response of SNMPv1, whole and with nothing behind it, or None.

    An integer that SNMPv1 has not (over 32 bits) makes it none too.
    """
    try:
        message, rest = decoder.decode(data, asn1Spec=v1.Message())
        if rest or int(message[0]) != _VERSION_1:
            return None
        return _read(message[2].getComponent())
    except Exception:  # the library's own errors are many, and a network sends anything
        return None


def _encode(pdu: Any, community: bytes, request_id: int, bindings: tuple[Binding, ...]) -> bytes:
    v1.apiPDU.set_defaults(pdu)
    v1.apiPDU.set_request_id(pdu, request_id)
    v1.apiPDU.set_varbinds(pdu, [(v1.ObjectIdentifier(oid), _written(value)) for oid, value in bindings])
    message = v1.Message()
    v1.apiMessage.set_defaults(message)
    v1.apiMessage.set_community(message, community)
    v1.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def _written(value: Value) -> Any:
    if value is None:
        return v1.null
    if isinstance(value, int):
        return v1.Integer(value)
    return v1.OctetString(value) if isinstance(value, bytes) else v1.ObjectIdentifier(value)


def _read(pdu: Any) -> Reply | None:
    if not isinstance(pdu, rfc1157.GetResponsePDU):
        return None
    bindings = tuple((tuple(binding[0]), _plain(binding[1])) for binding in pdu[3])
    numbers = (int(pdu[0]), int(pdu[1]), int(pdu[2]), *(value for _, value in bindings if isinstance(value, int)))
    if any(abs(number) > _LARGEST for number in numbers):
        return None
    return Reply(numbers[0], SnmpStatus(numbers[1]), numbers[2], bindings)


def _plain(value: Any) -> Value:
    while isinstance(value, univ.Choice):
        value = value.getComponent()
    if isinstance(value, univ.Integer):
        return int(value)
    if isinstance(value, univ.OctetString):
        return bytes(value)
    return tuple(value) if isinstance(value, univ.ObjectIdentifier) else None
