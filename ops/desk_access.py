"""Who may come to the desk, from the settings: systems by tokens, people by a provider or the one-time local link."""

import redis.asyncio as aioredis

from gateways.desk.access.grants import TokenHolders
from gateways.desk.access.serve import DeskAccess, create_access
from ops.settings import Settings
from store.connecting import open_redis
from store.desk_sessions import SessionsInRedis

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "::": "[::1]"}  # noqa: S104 - nothing is bound by it


def open_access(settings: Settings, tenant: str, client: "aioredis.Redis") -> DeskAccess:
    """The desk's access; sessions are in Redis, and outlive the process."""
    tokens = {name: (one.token.get_secret_value(), one.grant()) for name, one in settings.desk_tokens.items()}
    secret = settings.desk_oidc_secret.get_secret_value() if settings.desk_oidc_secret else ""
    setup = settings.desk_oidc.setup(secret) if settings.desk_oidc else None
    return create_access(SessionsInRedis(client, tenant), TokenHolders(tokens), settings.proxies, setup)


async def make_link(settings: Settings, tenant: str, name: str) -> str:
    """A one-time link by which the first browser of this machine that opens it is ``name``, with every role."""
    client = open_redis(settings.redis, connect_s=3, reply_s=5)
    try:
        path = await open_access(settings, tenant, client).make_local_link(name)
    finally:
        await client.aclose()
    return f"http://{_from_here(settings.desk_listen or '')}{path}"


def _from_here(listens: str) -> str:
    """How this machine itself reaches what listens for everyone: by a name that a link is good for."""
    host, _, port = listens.rpartition(":")
    return f"{_LOOPBACK.get(host, host)}:{port}"
