"""A refresh token, sealed with the id of its session: what stands in Redis is of no use without the cookie."""

import hashlib

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}


def seal(token: str, id_: str) -> bytes:
    """The token, to be opened with that id alone."""
    return jwe.encrypt_compact(_HEADER, token.encode(), _key(id_)).encode()


def unseal(sealed: bytes, id_: str) -> str | None:
    """The token; None where it was sealed for another session, or is none."""
    try:
        opened = jwe.decrypt_compact(sealed, _key(id_), algorithms=["dir", "A256GCM"]).plaintext
    except (JoseError, ValueError):
        return None
    return opened.decode() if opened else None


def _key(id_: str) -> OctKey:
    return OctKey.import_key(hashlib.sha256(b"placelibre desk renewal:" + id_.encode()).digest())
