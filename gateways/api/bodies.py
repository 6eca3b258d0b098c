"""Places as JSON text, written once when they change and not once a question: only ages and distances differ."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from gateways.documents import place_document, space_document
from parking.availability import Availability
from parking.catalogue import Place, Space
from parking.eligibility import vacant_for
from parking.spaces import state_at
from parking.words import SpaceState

_json = msgspec.json.Encoder()


class Body(NamedTuple):
    """A place's JSON without its opening brace, when it was observed (seconds since 1970), and counts already asked."""

    text: str
    observed_s: float | None
    availability: Availability
    counts: dict[int, str]

    def aged(self, now_s: float) -> str:
        """The place as a JSON object at that time."""
        return f'{{"age_s":{self._age(now_s)},{self.text}'

    def hit(self, need: int, metres: float, now_s: float, space: tuple[int, Space] | None) -> str:
        """The place as a JSON object of an answer about the nearest."""
        if space is not None:
            slot, one = space
            state = state_at(self.availability.space_states, slot)
            known = _json.encode(space_document(one) | {"state": state.value}).decode()
            mine = f'{"1" if state is SpaceState.FREE else "null"},"space":{known}'
        elif need in self.counts:
            mine = self.counts[need]
        else:
            vacant = vacant_for(need, self.availability)
            mine = self.counts[need] = "null" if vacant is None else str(vacant)
        return (
            f'{{"distance_m":{metres:.1f},"distance_kind":"straight_line","vacant_for_need":{mine},'
            f'"age_s":{self._age(now_s)},{self.text}'
        )

    def _age(self, now_s: float) -> int | str:
        return "null" if self.observed_s is None else max(0, round(now_s - self.observed_s))


def make_body(place: Place, availability: Availability, commune: str | None) -> Body:
    """The body of a place as it may be shown now."""
    text = _json.encode(place_document(place, availability) | {"commune": commune}).decode()[1:]
    observed_s = availability.observed_at.timestamp() if availability.observed_at else None
    return Body(text, observed_s, availability, {})


def document(head: Mapping[str, object], name: str, rows: Iterable[str]) -> bytes:
    """A JSON object of ``head`` and a list of objects that are JSON already."""
    return b'%s,"%s":[%s]}' % (_json.encode(head)[:-1], name.encode(), ",".join(rows).encode())
