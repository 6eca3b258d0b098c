"""MonitoredCounting as vacancies: for ordinary drivers, and for each group that is counted by itself."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from parking.observations import DeviceFault, SiteCounted, SiteLevelled
from parking.words import Audience, Basis, FillLevel, RejectReason
from sensors.contract import RecordRefusedError
from sensors.ledger import Sighting
from sensors.reading.numbers import whole_number
from sensors.sources.siri_fm.tree import Tree, child, children, text

GROUPS: Mapping[str, Audience | None] = {
    **dict.fromkeys(("wheelchairbays", "disabled", "disabledbays"), Audience.DISABLED),
    **dict.fromkeys(("evchargingbays", "electricvehicles", "charging"), Audience.EV),
    "motorcyclebays": Audience.MOTORCYCLE,
    "bicyclebays": Audience.BIKE,
    "staffbays": Audience.SUBSCRIBER,
    "familybays": None,  # the house has no word for them
    **dict.fromkeys(("shorttermbays", "longtermbays"), Audience.PUBLIC),  # how long, not for whom
}
"""TypeOfValueCode in lower case: the standard has no list; these are those that publishers are told to use."""

_VACANT, _TAKEN, _PRESENT, _RESERVED = "availabilityCount", "inUseCount", "presentCount", "reservedCount"


Said: TypeAlias = SiteCounted | SiteLevelled | DeviceFault


class Counting(NamedTuple):
    """What one MonitoredCounting says, ``group`` as its code in lower case; None for all spaces."""

    type: str
    unit: str | None
    group: str | None
    number: int | None
    percentage: float | None


def read_counts(tree: Tree, device_id: str) -> list[Counting]:
    """All that count parking spaces or the vehicles on them. Raises RecordRefusedError, and where two contradict."""
    found: dict[tuple[str, str | None, str | None], Counting] = {}
    for one in children(tree, "MonitoredCounting"):
        kind, unit = text(one, "CountingType"), text(one, "CountedFeatureUnit")
        if kind is None or unit not in (None, "bays", "vehicles"):
            continue
        group = text(one, "TypeOfCountedFeature", "TypeOfValueCode")
        group = None if child(one, "TypeOfCountedFeature") is None else (group or "").casefold()
        stated, share = text(one, "Count"), text(one, "Percentage")
        number = None if stated is None else whole_number(stated, f"{kind} of {unit or 'spaces'}", device_id)
        read = Counting(kind, unit, group, number, None if share is None else _percentage(share, device_id))
        if found.setdefault((kind, unit, group), read) != read:
            detail = f"{kind} of {unit} stands there twice, with other numbers: ask the publisher"
            raise RecordRefusedError(RejectReason.MALFORMED_RECORD, detail, device_id)
    return list(found.values())


def _percentage(stated: str, device_id: str) -> float:
    try:
        share = float(stated.replace(",", "."))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 100:
        raise RecordRefusedError(RejectReason.WRONG_TYPE, f"Percentage is {stated!r:.40}, not 0 to 100", device_id)
    return share


def is_none_vacant(one: Counting) -> bool:
    """Whether it says that of all spaces none is vacant."""
    return one.type == _VACANT and one.group is None and 0 in (one.number, one.percentage)


def say_counts(counts: list[Counting], seen: Sighting, audience: Audience) -> Iterator[Said]:
    """Each group's number, then that of the rest; a share where there is no number. Says nothing where neither is."""
    apart = [one for one in counts if one.type == _VACANT and one.group is not None]
    apart = [one for one in apart if GROUPS.get(one.group or "") is not Audience.PUBLIC]
    for one in apart:
        yield from _say_group(one, seen, audience)
    whole = {(one.type, one.unit or "bays"): one for one in counts if one.group is None}
    vacant = whole.get((_VACANT, "bays"))
    if vacant is None or vacant.number is None:
        yield from _say_share(whole, seen, audience)
        return
    rest = vacant.number - sum(one.number or 0 for one in apart if one.group in GROUPS)
    if rest < 0:
        detail = f"its groups have more vacant spaces than the whole ({vacant.number}): ask the publisher"
        raise RecordRefusedError(RejectReason.FREE_ABOVE_CAPACITY, detail, seen.device_id, category=audience)
    unsure = [one.number for one in apart if one.number is None or one.group not in GROUPS]
    low = max(0, rest - sum(rest if number is None else number for number in unsure))
    if low < rest:  # nobody knows how many of the rest are for somebody in particular
        yield seen.levelled(FillLevel.UNKNOWN, low, rest, category=audience)
        return
    capacity = None if apart else _capacity(vacant.number, whole, seen.device_id)
    basis = Basis.DERIVED if apart else Basis.COUNTED
    yield seen.counted(rest, capacity, ("count", audience, rest, capacity), category=audience, basis=basis)


def _say_group(one: Counting, seen: Sighting, audience: Audience) -> Iterator[SiteCounted | DeviceFault]:
    """A group's number; without one, that of before ends. Nothing where the house has no word for it."""
    group = GROUPS.get(one.group or "")
    if group is None:
        return
    if one.number is not None:
        yield seen.counted(one.number, None, ("count", group, one.number), category=group)
    elif group is not audience:
        yield seen.unusable(group)


def _capacity(vacant: int, whole: Mapping[tuple[str, str], Counting], device_id: str) -> int | None:
    """Of how many: what is vacant, taken and reserved together; None where nobody says what is taken."""
    taken, reserved = (whole.get((kind, "bays")) for kind in (_TAKEN, _RESERVED))
    if taken is None or taken.number is None:
        return None
    total = vacant + taken.number + ((reserved.number if reserved else None) or 0)
    return whole_number(total, "vacant, taken and reserved together", device_id) or None


def _say_share(whole: Mapping[tuple[str, str], Counting], seen: Sighting, audience: Audience) -> Iterator[SiteLevelled]:
    """How full it is, from a share of what is vacant or taken; no number is made of it."""
    for (kind, _), one in whole.items():
        if one.percentage is None or kind not in (_VACANT, _TAKEN, _PRESENT):
            continue
        vacant = one.percentage if kind == _VACANT else 100 - one.percentage
        yield seen.levelled(FillLevel.SPACES_AVAILABLE if vacant > 0 else FillLevel.FULL, category=audience)
        return
    if any(kind in (_TAKEN, _PRESENT) and one.number is not None for (kind, _), one in whole.items()):
        detail = "it says how many are taken and not of how many: what is vacant cannot be told; ask the publisher"
        raise RecordRefusedError(RejectReason.MISSING_FIELD, detail, seen.device_id)
