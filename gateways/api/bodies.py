"""Places as JSON text, written once when they change and not once a question: only ages and distances differ."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from gateways.documents import place_document, space_document
from parking.catalogue.model import Place, Space
from parking.printable import visible_json
from parking.published.availability import Availability
from parking.published.eligibility import vacant_for
from parking.published.space_states import state_at
from parking.words import SpaceState

_json = msgspec.json.Encoder()


class Body(NamedTuple):
    """A place's JSON without its opening brace, when it was observed (seconds since 1970), and middles already made."""

    text: str
    observed_s: float | None
    availability: Availability
    middles: dict[int, str]

    def aged(self, now_s: float) -> str:
        """The place as a JSON object at that time."""
        return f'{{"age_s":{self._age(now_s)},{self.text}'

    def hit(self, need: int, metres: float, now_s: float) -> str:
        """The place as a JSON object of an answer about the nearest."""
        middle = self.middles.get(need) or self._make_middle(need)
        age: int | str = "null"
        if self.observed_s is not None:
            age = round(now_s - self.observed_s)
            age = age if age > 0 else 0
        return f'{{"distance_m":{metres:.1f}{middle}{age},{self.text}'

    def space_hit(self, slot: int, space: Space, metres: float, now_s: float) -> str:
        """A single space of the place as a JSON object of such an answer; an unknown one is no free one."""
        state = state_at(self.availability.space_states, slot)
        known = visible_json(_json.encode(space_document(space) | {"state": state.value}).decode())
        middle = _middle("1" if state is SpaceState.FREE else "null", f'"space":{known},')
        return f'{{"distance_m":{metres:.1f}{middle}{self._age(now_s)},{self.text}'

    def _make_middle(self, need: int) -> str:
        vacant = vacant_for(need, self.availability)
        middle = self.middles[need] = _middle("null" if vacant is None else str(vacant))
        return middle

    def _age(self, now_s: float) -> int | str:
        return "null" if self.observed_s is None else max(0, round(now_s - self.observed_s))


def _middle(vacant: str, more: str = "") -> str:
    """What stands between distance and age."""
    return f',"distance_kind":"straight_line","vacant_for_need":{vacant},{more}"age_s":'


def make_body(place: Place, availability: Availability, commune: str | None) -> Body:
    """The body of a place as it may be shown now."""
    text = visible_json(_json.encode(place_document(place, availability) | {"commune": commune}).decode())[1:]
    observed_s = availability.observed_at.timestamp() if availability.observed_at else None
    return Body(text, observed_s, availability, {})


def document(head: Mapping[str, object], name: str, rows: Iterable[str]) -> bytes:
    """A JSON object of ``head`` and a list of objects that are JSON already."""
    return b'%s,"%s":[%s]}' % (_json.encode(head)[:-1], name.encode(), ",".join(rows).encode())
