"""What must not be read in any output: passwords, tokens and keys, wherever they turn up.

The message of an error quotes an address, a library repeats what it was told, a traceback ends in both. So whatever
this process prints goes through ``hide``: logs, tables, JSON and the sentence with which a command ends. It knows two
things: what the settings hold (``remember``), in each way that it may be written, and the forms in which others hold
the like: the user of an address, keys in a query, credentials in a header.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from pydantic import BaseModel, SecretStr

HIDDEN = "***"
SHORTEST = 4
"""Of a shorter secret every word is full; it is hidden only where its form gives it away."""

_USER = re.compile(r"(?<=://)[^\s/?#'\"<>]*@")
_KEY = re.compile(
    r"(?i)([?&;](?:[\w.~%-]*(?:key|token|secret|passw|pwd|auth|sig|credential|session|jwt)[\w.~%-]*|pass|sas|code)=)"
    r"[^&;\s'\"#<>]+"
)
_HEADER = re.compile(r"(?i)\b(bearer|basic|apikey)(\s+)(?=[A-Za-z0-9+/._~=-]*[0-9+/=_.-])[A-Za-z0-9+/._~=-]{8,}")
_NAME = r"(?i)((?:password|passwd|secret|token|api[-_]?key)[\"']?"
_QUOTED = re.compile(_NAME + r"\s?[:=]\s?)([\"'])[^\"'\n]+\2")
_NAMED = re.compile(_NAME + r"(?:\s?=\s?|:(?=\S)))[^\s\"'&,;)}\]*]{3,}")
_FIELD = re.compile(r"(?i)((?:api-key|auth-token|access-token|subscription-key|signature):\s?)[^\s\"',;*]{3,}")
"""What has such a name: of an argument or in JSON, and a header's field."""
_BARE = re.compile(r"[\w.~%+-]+:[^\s@/'\"<>]+@(?=[\w\[])")
"""A user and a password before a host, of an address without its scheme."""
_ADDRESS_USER = re.compile(r"^.*@", re.DOTALL)
_known: set[str] = set()
_of_ours: re.Pattern[str] | None = None


def hide(text: str) -> str:
    """The text without what is known to be secret, or looks like it."""
    if _of_ours is not None:
        text = _of_ours.sub(HIDDEN, text)
    if "@" in text:
        text = _BARE.sub(f"{HIDDEN}@", _USER.sub(f"{HIDDEN}@", text))
    if "=" in text:
        text = _KEY.sub(rf"\1{HIDDEN}", text)
    text = _NAMED.sub(rf"\1{HIDDEN}", _QUOTED.sub(rf"\1\2{HIDDEN}\2", text))
    text = _FIELD.sub(rf"\1{HIDDEN}", text)
    return _HEADER.sub(rf"\1\2{HIDDEN}", text)


def hide_in(value: Any) -> Any:
    """Plain values, with every text in them hidden."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Mapping):
        return {hide_in(name): hide_in(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [hide_in(part) for part in value]
    return value


def without_user(address: str) -> str:
    """An address that somebody typed, however wrong: all up to its last ``@`` may be a password."""
    scheme, mark, rest = address.partition("://")
    shown = _ADDRESS_USER.sub(f"{HIDDEN}@", rest if mark else address)
    return hide(scheme + mark + shown if mark else shown)


def has_password(address: str) -> bool:
    """Whether an address holds one, as ``scheme://user:password@host`` does."""
    user, at, _ = address.rpartition("://")[2].rpartition("@")
    return bool(at) and (":" in user)


def remember(settings: BaseModel) -> None:
    """Hide from now on what these settings hold, however it is quoted."""
    global _of_ours
    for secret in _secrets_of(settings):
        _known.update(form for form in _forms(secret) if len(form) >= SHORTEST)
    longest_first = sorted(_known, key=len, reverse=True)
    _of_ours = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _secrets_of(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        fields = [getattr(value, name) for name in type(value).model_fields]
        user, password = getattr(value, "user", None), getattr(value, "password", None)
        if user and isinstance(password, SecretStr):
            yield base64.b64encode(f"{user}:{password.get_secret_value()}".encode()).decode()
        for field in fields:
            yield from _secrets_of(field)
    elif isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _secrets_of(part)
    elif isinstance(value, str) and has_password(value):
        yield value.rpartition("://")[2].rpartition("@")[0].partition(":")[2]


def _forms(secret: str) -> Iterable[str]:
    """As it is, as an address has it, as Python and JSON quote it."""
    plain = unquote(secret)
    for text in (secret, plain):
        yield from (text, quote(text), quote(text, safe=""), quote_plus(text), repr(text)[1:-1], json.dumps(text)[1:-1])
