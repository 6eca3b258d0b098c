"""What the settings say of an identity provider."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from gateways.desk.access.grants import Grant

_LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))


class ProviderSetup(NamedTuple):
    """What the settings say of the provider. ``grants`` are by a value of the claim ``roles_claim``."""

    issuer: str
    client_id: str
    secret: str
    grants: Mapping[str, Grant]
    roles_claim: str = "groups"
    name_claim: str = "preferred_username"
    scopes: tuple[str, ...] = ("openid", "profile")


def is_safe_address(address: str) -> bool:
    """Whether secrets may be sent there: by TLS, or within this machine."""
    try:
        url = urlsplit(address)
        return bool(url.hostname) and (url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOCAL))
    except ValueError:
        return False
