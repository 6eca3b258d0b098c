"""Findings as msgpack, for Redis."""

from collections.abc import Sequence

import msgspec

from parking.decoding import decode
from parking.health.repairs import Finding

_pack = msgspec.msgpack.Encoder()
_findings = msgspec.msgpack.Decoder(list[Finding])


def encode_findings(findings: Sequence[Finding]) -> bytes:
    """What is the matter with the devices of a place."""
    return _pack.encode(findings)


def decode_findings(data: bytes) -> list[Finding]:
    """The findings in these bytes; MalformedEventError where there are none."""
    return decode(_findings, data, "a list of findings")
