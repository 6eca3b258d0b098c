"""Looks at the topics once a minute: what is changed behind our back is said at once, and not at the next start."""

import logging

from aiokafka.errors import KafkaError

from streams.topics import grown_since, look_at_topics
from streams.worker_app import Plan

log = logging.getLogger(__name__)
LOOK_EVERY_S = 60.0


class TopicsWatch:
    """``trouble`` is what loses or refuses records, ``note`` what does not; each a sentence, or None."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.trouble: str | None = None
        self.note: str | None = None

    async def look(self) -> None:
        """Look once, and say in the log what is wrong. A Kafka that is away is said elsewhere."""
        plan = self._plan
        try:
            found = await look_at_topics(plan.bootstrap, plan.namespace, plan.partitions)
        except (KafkaError, OSError):
            return
        gone = [f"topic {name} is gone: a worker that starts anew creates it" for name in found.missing]
        self.trouble = "; ".join(found.faults + gone) or None
        self.note = grown_since(found.grown) if found.grown else None
        if self.trouble:
            log.error("%s", self.trouble)
        elif self.note:
            log.warning("%s", self.note)
