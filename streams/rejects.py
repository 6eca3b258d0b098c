"""Reading the rejects topic back: what was refused, why, with which bytes, and whether it was sent again since."""

from dataclasses import dataclass

from parking.codec import decode_redriven, decode_reject
from parking.errors import MalformedEventError
from parking.rejects import Reject
from streams.reading import TopicRecord, open_topic
from streams.topics import names_of


@dataclass
class Kept:
    """One reject, however often it occurred; times are the log's, in milliseconds since 1970.

    ``redriven_ms`` is up to when its occurrences have been sent again.
    """

    reject: Reject
    times: int = 0
    logged_ms: int = 0
    redriven_ms: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it occurred again since it was last sent again, or never was."""
        return self.logged_ms > self.redriven_ms


async def read_rejects(bootstrap: str, namespace: str) -> list[Kept]:
    """Every reject that is in the topic now, by when it was first refused.

    Raises KafkaError where Kafka cannot be reached, TopicsError where the topic does not exist.
    """
    seen = _Seen()
    async with open_topic(bootstrap, names_of(namespace).rejects) as topic:
        async for record in topic.read():
            seen.take(record)
    return seen.kept()


class _Seen:
    """What the records read so far say, by reject id."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._redriven: dict[str, int] = {}
        self._said: set[tuple[str, tuple[int, int]]] = set()

    def take(self, record: TopicRecord) -> None:
        """One more record of the topic: a reject, or the note that one was sent again."""
        value = record.value or b""  # nobody writes a record of nothing, but an operator's tool can
        if (note := decode_redriven(value)) is not None:
            self._redriven[note.redriven] = max(note.up_to_ms, self._redriven.get(note.redriven, 0))
            return
        try:
            reject = decode_reject(value)
        except MalformedEventError:
            return
        if reject.found_at is not None:
            # A worker that took over from one that died says it again, of the same record: it happened once.
            if (reject.reject_id, reject.found_at) in self._said:
                return
            self._said.add((reject.reject_id, reject.found_at))
        kept = self._kept.setdefault(reject.reject_id, Kept(reject))
        kept.times, kept.logged_ms = kept.times + 1, max(kept.logged_ms, record.timestamp)

    def kept(self) -> list[Kept]:
        """All of them, each with how far its occurrences have been sent again."""
        for reject_id, kept in self._kept.items():
            kept.redriven_ms = self._redriven.get(reject_id, 0)
        return list(self._kept.values())
