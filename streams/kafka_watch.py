"""Looks once a minute at what others may have done to our topics and our group: said at once, not found by loss."""

import logging
from collections.abc import Iterable
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError

from store.heeding import heeding
from streams.access import access_options
from streams.closing import closed
from streams.topics import grown_since, look_at_topics

log = logging.getLogger(__name__)
LOOK_EVERY_S = 60.0
LOOK_WHILE_WAITING_S = 15.0
CLIENT_ID = "placelibre-worker"
_OURS = (CLIENT_ID, "faust-")
"""How our members' names begin; the second is what workers of earlier versions are called."""


class Member(NamedTuple):
    """A consumer in a group, as the broker tells of it."""

    client_id: str
    host: str


async def list_members(bootstrap: str, group: str) -> list[Member]:
    """Who is in a consumer group now. Raises KafkaError, OSError; nobody is in a group that there is not."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **access_options(bootstrap), request_timeout_ms=4_000)
    try:
        await admin.start()
        replies = await admin.describe_consumer_groups([group])
    except GroupCoordinatorNotAvailableError:  # a Kafka in which no group ever was makes room for groups now
        return []
    finally:
        await closed(admin.close())
    return [
        Member(client_id, host.lstrip("/"))
        for reply in replies
        for _, _, _, _, _, members, *_ in reply.groups
        for _, client_id, host, *_ in members
    ]


def strangers_in(group: str, members: Iterable[Member]) -> str | None:
    """That somebody who is no worker is in the workers' group, and what to do; None where there is nobody."""
    strangers = sorted({f"{one.client_id} at {one.host}" for one in members if not one.client_id.startswith(_OURS)})
    if not strangers:
        return None
    return (
        f"the workers' consumer group {group} has members that are no workers: {', '.join(strangers)}. What is "
        f"assigned to them nobody folds, and a worker may wait for ever: stop them, or give them a group of their own. "
        f"Who is in it: `kafka-consumer-groups.sh --bootstrap-server $PLACELIBRE_KAFKA --describe --members "
        f"--group {group}`"
    )


class KafkaWatch:
    """``trouble`` is what loses or holds up records, ``note`` what does not; each a sentence, or None."""

    def __init__(self, bootstrap: str, namespace: str, partitions: int) -> None:
        self._bootstrap, self._namespace, self._partitions = bootstrap, namespace, partitions
        self.trouble: str | None = None
        self.note: str | None = None

    async def look(self) -> None:
        """Look once, and say in the log what is wrong. A Kafka that is away is said elsewhere."""
        try:
            with heeding():
                found = await look_at_topics(self._bootstrap, self._namespace, self._partitions)
                strangers = strangers_in(self._namespace, await list_members(self._bootstrap, self._namespace))
        except (KafkaError, OSError):
            return
        gone = [f"topic {name} is gone: a worker that starts anew creates it" for name in found.missing]
        self.trouble = "; ".join([*found.faults, *gone, *([strangers] if strangers else [])]) or None
        self.note = grown_since(found.grown) if found.grown else None
        if self.trouble:
            log.error("%s", self.trouble)
        elif self.note:
            log.warning("%s", self.note)
