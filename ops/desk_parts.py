"""What the rooms of a desk are made of."""

from contextlib import AsyncExitStack
from typing import NamedTuple

import redis.asyncio as aioredis

from gateways.desk.access.serve import DeskAccess
from ops.settings import Settings
from parking.decisions.acting import RecordPort


class DeskParts(NamedTuple):
    """What rooms are made of. ``held`` closes, when the desk does, whatever a room has opened."""

    settings: Settings
    tenant: str
    client: "aioredis.Redis"
    record: RecordPort
    access: DeskAccess
    held: AsyncExitStack
