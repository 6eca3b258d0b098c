"""Whether an ID token is the provider's, for us, for this sign-in, and for now; and what it says of a person.

OpenID Connect Core 1.0, 3.1.3.7. The algorithm is one of a list of ours, never the token's word alone: ``none`` is
not on it, nor is any where a public key could pass for a shared secret.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from parking.errors import ParkingError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
LEEWAY_S = 60
MAX_TOKEN_CHARS = 64_000
MAX_SUBJECT_CHARS = 255
_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


class BadTokenError(ParkingError):
    """This ID token proves nothing. The message says why, and repeats nothing of the token."""


class Expected(NamedTuple):
    """What a token must fit. ``nonce`` is None where it was renewed without a browser."""

    issuer: str
    client_id: str
    nonce: str | None
    access_token: str | None
    now: datetime


def kid_of(token: str) -> str | None:
    """Which key the token says it was signed with. Raises BadTokenError where it is no token at all."""
    if len(token) > MAX_TOKEN_CHARS:
        raise BadTokenError(f"the token is longer than {MAX_TOKEN_CHARS} characters")
    try:
        header = extract_compact(token.encode()).headers()
    except (JoseError, ValueError, KeyError, TypeError, RecursionError, UnicodeEncodeError):
        raise BadTokenError("this is no signed token") from None
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def read_id_token(token: str, keys: KeySet, expected: Expected) -> Mapping[str, Any]:
    """The claims of a token that is believed. Raises BadTokenError."""
    kid_of(token)
    try:
        found = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, KeyError, TypeError, RecursionError, UnicodeError):
        raise BadTokenError("its signature is not one of the provider's, by an algorithm that we believe") from None
    claims = found.claims
    if claims.get("iss") != expected.issuer:
        raise BadTokenError("it was issued by another provider")
    _require_for_us(claims, expected.client_id)
    _require_now(claims, expected.now.timestamp())
    if expected.nonce is not None and claims.get("nonce") != expected.nonce:
        raise BadTokenError("it belongs to another sign-in: its nonce is not the one that was sent")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_CHARS or not subject.isprintable():
        raise BadTokenError("it does not say whose it is")
    if "at_hash" in claims and expected.access_token is not None:
        _require_hash(claims["at_hash"], expected.access_token, str(found.header.get("alg")))
    return claims


def _require_for_us(claims: Mapping[str, Any], client_id: str) -> None:
    audience, party = claims.get("aud"), claims.get("azp")
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences:
        raise BadTokenError("it was issued for another client")
    if (party is not None or len(audiences) > 1) and party != client_id:
        raise BadTokenError("it was issued to another client (azp)")


def _require_now(claims: Mapping[str, Any], now: float) -> None:
    ends, begins, issued = (_time(claims, name) for name in ("exp", "nbf", "iat"))
    if ends is None or issued is None:
        raise BadTokenError("it does not say when it was issued and until when it holds")
    if now >= ends + LEEWAY_S:
        raise BadTokenError("it has expired: look at the clocks of this machine and of the provider")
    if max(issued, begins or issued) > now + LEEWAY_S:
        raise BadTokenError("it is of the future: look at the clocks of this machine and of the provider")


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e11:  # a NaN neither
        raise BadTokenError(f"its {name} is no time")
    return float(value)


def _require_hash(told: object, access_token: str, algorithm: str) -> None:
    """The left half of the digest; EdDSA's is SHA-512 (for Ed25519)."""
    digest = _HASHES.get(algorithm[-3:], hashlib.sha512)(access_token.encode()).digest()
    try:
        given = base64.urlsafe_b64decode(f"{told}==")
    except (binascii.Error, ValueError):
        given = b""
    if given != digest[: len(digest) // 2]:
        raise BadTokenError("it belongs to another access token (at_hash)")
