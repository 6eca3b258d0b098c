"""What the settings decide about HTTP."""

from ops.settings import Settings
from serving.policy import ServingPolicy
from serving.rate_limits import read_limits


def policy_of(settings: Settings, limit: str) -> ServingPolicy:
    """The policy of a server whose clients are held to ``limit``."""
    return ServingPolicy(read_limits(limit), settings.proxies, settings.hsts_s, settings.address_connections)
