"""Doubts: what a polled source says after a word of no use is told to be later, though it bears the same time.

Many sources state when something last changed, and state it again at each poll. What they repeat is the fact that it
was before, and cannot end a doubt that came between. So the words of a doubted device get the second of their arrival
as their sequence, as a word of no use has it (``sensors.ledger.Sighting.unusable``), until one bears a newer time.

So does a word that differs from the one before it at the same time: a source whose times are whole seconds or minutes
may count twice within one, and what came last was said last.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from parking.observations import Observation, is_unusable
from sensors.contract import Decoded
from sensors.ledger import arrival_seq

MAX_DOUBTED = 50_000


class Doubts:
    """The devices of one feed that are doubted, and since when: ``MAX_DOUBTED`` at most, then who was first heard goes.

    One that was never heard is doubted: nobody here knows what it told a process before this one. Not promised: a word
    whose own time could not be read is doubted from its arrival on, and repeating an older time does not end that.
    """

    def __init__(self) -> None:
        self._since: dict[str, datetime | None] = {}
        self._newest: dict[str, tuple[datetime, frozenset[str]]] = {}

    def rank(self, decoded: Decoded) -> Decoded:
        """The same, with a sequence on what must be told to be later."""
        return decoded._replace(observations=list(self._ranked(decoded)))

    def _ranked(self, decoded: Decoded) -> Iterator[Observation]:
        doubted = {seen.device_id: seen.observed_at for seen in decoded.observations if is_unusable(seen)}
        self._since |= doubted
        otherwise = {seen.device_id for seen in decoded.observations if self._was_otherwise(seen)}
        for seen in decoded.observations:
            since = self._since.get(seen.device_id, seen.observed_at)
            said_anew = seen.device_id in otherwise and self._newest[seen.device_id][0] == seen.observed_at
            later = (since is not None and seen.observed_at <= since) or said_anew
            yield msgspec.structs.replace(seen, seq=arrival_seq(seen.received_at)) if later and not seen.seq else seen
        self._remember(decoded.observations)
        for seen in decoded.observations:
            since = self._since.get(seen.device_id)
            if seen.device_id not in doubted and (since is None or seen.observed_at > since):
                self._since[seen.device_id] = None
        while len(self._since) > MAX_DOUBTED:
            forgotten = next(iter(self._since))
            del self._since[forgotten]  # whoever is forgotten is doubted like one that was never heard
            self._newest.pop(forgotten, None)

    def _was_otherwise(self, seen: Observation) -> bool:
        """Whether the last body told something else of this device and time."""
        at, told = self._newest.get(seen.device_id, (None, frozenset[str]()))
        return seen.observed_at == at and seen.event_id not in told

    def _remember(self, observations: Sequence[Observation]) -> None:
        newest: dict[str, datetime] = {}
        for seen in observations:
            newest[seen.device_id] = max(seen.observed_at, newest.get(seen.device_id, seen.observed_at))
        told: dict[str, set[str]] = {device: set() for device in newest}
        for seen in observations:
            if seen.observed_at == newest[seen.device_id]:
                told[seen.device_id].add(seen.event_id)
        self._newest |= {device: (at, frozenset(told[device])) for device, at in newest.items()}
