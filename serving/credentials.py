"""Who may send for a name (a source, a desk): whoever knows its token, or can sign a body with its secret.

Tokens and signatures are compared in constant time.
"""

import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

SIGNATURE = "x-placelibre-signature"
_SCHEME = "sha256="


class Claim(NamedTuple):
    """What a request offers before its body is read."""

    token: str | None = None
    signature: str | None = None


class Standing(StrEnum):
    """What a claim is worth."""

    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"
    AFTER_BODY = "after_body"


class Credentials:
    """Tokens and secrets by name. A name without either lets nobody in. Never printed."""

    def __init__(self, tokens: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._tokens = {name: _digest(value) for name, value in tokens.items() if value}
        self._secrets = {name: value.encode() for name, value in secrets.items() if value}

    @property
    def names(self) -> list[str]:
        """The names that somebody may send for."""
        return sorted({*self._tokens, *self._secrets})

    def list_names(self, group: str) -> list[str]:
        """The names that are good for ``group``: itself, and those below it, written ``group/who``."""
        return [group, *(name for name in self.names if name.startswith(f"{group}/"))]

    def judge(self, name: str, claim: Claim) -> Standing:
        """What a claim is worth before the body is read; a signature can only be judged after it.

        An unknown name answers like a known one that this claim is not good for.
        """
        if claim.token is not None:
            known = self._tokens.get(name, b"")
            return Standing.GOOD if hmac.compare_digest(_digest(claim.token), known) else Standing.WRONG
        if claim.signature is not None:
            return Standing.AFTER_BODY if name in self._secrets else Standing.WRONG
        return Standing.MISSING

    def is_signed(self, name: str, claim: Claim, body: bytes) -> bool:
        """Whether the signature is that of this body with the secret of that name."""
        expected = _SCHEME + hmac.new(self._secrets[name], body, hashlib.sha256).hexdigest()
        given = (claim.signature or "").encode("utf-8", "replace")
        return hmac.compare_digest(given, expected.encode())


def read_claim(headers: Mapping[str, str]) -> Claim:
    """The claim in a request's headers: a bearer token, or a signature."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return Claim(token=token.strip())
    return Claim(signature=headers.get(SIGNATURE))


def _digest(token: str) -> bytes:
    """Equal lengths, so that a comparison does not tell how long a token is."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
