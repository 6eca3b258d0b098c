"""The codec of the decisions topic: one line of JSON a record, refused if another version wrote it."""

import msgspec

from parking.decisions.chain import DECISIONS_VERSION, DecisionEntry
from parking.decoding import decode
from parking.errors import UnknownSchemaVersionError


class _Versioned(msgspec.Struct):
    schema_version: int


_json = msgspec.json.Encoder()
_entry = msgspec.json.Decoder(DecisionEntry)
_versioned = msgspec.json.Decoder(_Versioned)


def encode_entry(entry: DecisionEntry) -> bytes:
    """An entry as one line of UTF-8 JSON."""
    return _json.encode(entry)


def decode_entry(data: bytes) -> DecisionEntry:
    """The entry in these bytes.

    Raises MalformedEventError where they are none (a decision whose id is not its digest is none), and
    UnknownSchemaVersionError where another version wrote them.
    """
    version = decode(_versioned, data, "an entry of the decisions").schema_version
    if version != DECISIONS_VERSION:
        raise UnknownSchemaVersionError("decision", version, DECISIONS_VERSION)
    return decode(_entry, data, "an entry of the decisions")
