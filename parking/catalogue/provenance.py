"""Who said what of a place, field by field: the city before any feed, and of feeds the one that said it first.

Two functions make a place of a place and a word: ``feed_says`` and ``city_says``. Whatever the order of both, what the
city states stands. A feed corrects what it said itself; where another word stands, its own is kept as a claim.
"""

from collections.abc import Mapping
from math import cos, hypot, radians
from typing import Any

import msgspec

from parking.catalogue.description import FIELDS, THE_CITY, UNSAID, Claimed, Point
from parking.catalogue.model import Place

SAME_POINT_M = 100
"""Two points of one car park, such as its gate and its middle, that do not contradict each other."""

_M_PER_DEG = 111_195
_NOTHING = Claimed()


def feed_says(place: Place, said: Place, source: str) -> Place:
    """The place after a feed has described it so; the same object where that changes nothing.

    It fills what nobody has said, and replaces what it said itself. What it leaves out stays, and so does a name where
    it only repeats the id.
    """
    fields, marks, claim = dict[str, Any](), dict(place.said_by), _as_dict(place.claims.get(source, _NOTHING))
    for name in FIELDS:
        word = getattr(said, name)
        if word in UNSAID or (name == "name" and _repeats_id(said)):
            continue
        claim.pop(name, None)
        if _may_say(place, name, source):
            fields[name], marks[name] = word, source
        elif not agree(name, getattr(place, name), word):
            claim[name] = word
    return _changed(place, fields, marks, place.claims | {source: Claimed(**claim)})


def city_says(place: Place, stated: Mapping[str, Any], by: Mapping[str, str] | None = None) -> Place:
    """The place after an import has stated these fields; an unsaid value empties one on purpose.

    ``by`` is what an export writes beside the fields: who said each. A feed's word that comes back as it went out stays
    the feed's, an empty field nobody's; what was changed on the way is the city's.
    """
    fields = {name: word for name, word in stated.items() if name not in FIELDS}
    marks, claims = dict(place.said_by), dict(place.claims)
    for name in FIELDS:
        if name not in stated or (by is not None and _came_back(place, name, stated[name], by)):
            continue
        before, word, owner = getattr(place, name), stated[name], place.said_by.get(name)
        fields[name] = word
        restored = by.get(name) if by is not None and before in UNSAID and owner is None else None
        marks.pop(name, None)
        if restored or word in UNSAID:
            marks[name] = restored or THE_CITY
        if owner and before not in UNSAID:
            claims[owner] = msgspec.structs.replace(claims.get(owner, _NOTHING), **{name: before})
    return _changed(place, fields, marks, claims)


def agree(name: str, one: object, other: object) -> bool:
    """Whether two words about a field say the same: points that are near each other, and outlines always, do."""
    if isinstance(one, Point) and isinstance(other, Point):
        east = (one.lon - other.lon) * cos(radians(one.lat))
        return hypot(east, one.lat - other.lat) * _M_PER_DEG <= SAME_POINT_M
    return name == "outline" or one == other


def _may_say(place: Place, name: str, source: str) -> bool:
    owner = place.who_said(name)
    return owner in (None, source) or (name == "name" and _repeats_id(place) and owner != THE_CITY)


def _repeats_id(place: Place) -> bool:
    """Whether its name is its id, or what stands in it behind the publisher (``DE-MDM-Aachen:P1``)."""
    return place.id == place.name or place.id.endswith(f":{place.name}")


def _came_back(place: Place, name: str, word: object, by: Mapping[str, str]) -> bool:
    """Whether an export's field says nothing new: empty and nobody's, or what a feed said and still stands."""
    stands = getattr(place, name)
    if name not in by:
        return word in UNSAID and stands in UNSAID and place.said_by.get(name) is None
    return by[name] != THE_CITY and word == stands


def _changed(place: Place, fields: Mapping[str, Any], marks: dict[str, str], claims: Mapping[str, Claimed]) -> Place:
    bare = msgspec.structs.replace(place, **fields, said_by=dict(sorted(marks.items())), claims={})
    kept = {source: _still(bare, claim) for source, claim in sorted(claims.items())}
    changed = msgspec.structs.replace(
        bare, claims={source: claim for source, claim in kept.items() if claim != _NOTHING}
    )
    return place if changed == place else changed


def _still(place: Place, claim: Claimed) -> Claimed:
    """What of a claim is not what stands, and no name that only repeats the id."""
    words = {name: word for name, word in _as_dict(claim).items() if (name, word) != ("name", place.id)}
    return Claimed(**{name: word for name, word in words.items() if not agree(name, getattr(place, name), word)})


def _as_dict(claim: Claimed) -> dict[str, Any]:
    return {name: word for name in FIELDS if (word := getattr(claim, name)) not in UNSAID}
