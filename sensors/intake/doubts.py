"""Doubts: what a polled source says after a word of no use is told to be later, though it bears the same time.

Many sources state when something last changed, and state it again at each poll. What they repeat is the fact that it
was before, and cannot end a doubt that came between. So the words of a doubted device get the second of their arrival
as their sequence, as a word of no use has it (``sensors.ledger.Sighting.unusable``), until one bears a newer time.
"""

from collections.abc import Iterator
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

    def rank(self, decoded: Decoded) -> Decoded:
        """The same, with a sequence on what must be told to be later."""
        return decoded._replace(observations=list(self._ranked(decoded)))

    def _ranked(self, decoded: Decoded) -> Iterator[Observation]:
        doubted = {seen.device_id: seen.observed_at for seen in decoded.observations if is_unusable(seen)}
        self._since |= doubted
        for seen in decoded.observations:
            since = self._since.get(seen.device_id, seen.observed_at)
            later = since is not None and seen.observed_at <= since and not seen.seq
            yield msgspec.structs.replace(seen, seq=arrival_seq(seen.received_at)) if later else seen
        for seen in decoded.observations:
            since = self._since.get(seen.device_id)
            if seen.device_id not in doubted and (since is None or seen.observed_at > since):
                self._since[seen.device_id] = None
        while len(self._since) > MAX_DOUBTED:
            del self._since[next(iter(self._since))]  # whoever is forgotten is doubted like one that was never heard
