"""From conditions to alarms: a condition must last to be raised, and be away for some time to have returned.

What the watcher remembers is what it recorded, whole: one that starts again goes on as if it had never stopped. An
alarm that went and came often within hours must stay away longer each time, so that chattering is one alarm.
"""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime, timedelta

import msgspec

from parking.health.alarms.kinds import RULES, TroubleKind
from parking.health.alarms.model import AlarmCondition, AlarmWord, Phase

CHATTER_WINDOW = timedelta(hours=4)
LONGEST_OFF = timedelta(hours=1)
_replace = msgspec.structs.replace


def judge(
    known: Mapping[str, AlarmWord],
    conditions: Iterable[AlarmCondition],
    now: datetime,
    unseen: Set[TroubleKind] = frozenset(),
) -> list[AlarmWord]:
    """The words that differ from those known, in the order of their ids.

    ``known`` are the newest words by id. Alarms of the ``unseen`` kinds, of which nothing can be seen now, stay as
    they are unless their condition is there. A condition under another is no alarm while that other one is there.
    """
    present = {condition.id: condition for condition in conditions}
    beneath: dict[str, list[str]] = {}
    for id_, condition in present.items():
        if condition.under in present:
            beneath.setdefault(condition.under or "", []).append(id_)
    changed = []
    for id_ in sorted(present.keys() | known.keys()):
        word, here = known.get(id_), present.get(id_)
        if here is not None:
            after = _present(word, here, tuple(sorted(beneath.get(id_, ()))), here.under in present, now)
        elif word is not None and word.condition.kind not in unseen:
            after = _absent(word, now)
        else:
            continue
        if after is not None and after != word:
            changed.append(_replace(after, number=word.number + 1 if word else 1))
    return changed


def _present(
    word: AlarmWord | None, condition: AlarmCondition, beneath: tuple[str, ...], is_explained: bool, now: datetime
) -> AlarmWord | None:
    if word is None or word.phase is Phase.RETURNED:
        if is_explained:
            return None
        if word is None:
            return AlarmWord(condition=condition, phase=Phase.PENDING, phase_since=now, beneath=beneath)
        return _replace(
            word, condition=condition, phase=Phase.PENDING, phase_since=now, absent_since=None, beneath=beneath
        )
    if word.phase is Phase.PENDING and is_explained:
        return _replace(word, phase=Phase.RETURNED, phase_since=now, absent_since=None, beneath=())
    seen = _replace(word, condition=_going_on(word.condition, condition), absent_since=None, beneath=beneath)
    if word.phase is Phase.CLEARING:
        return _replace(seen, phase=Phase.ACTIVE, phase_since=now, turns=word.turns + 1)
    if word.phase is Phase.PENDING and _lasted(word.phase_since, now) >= RULES[condition.kind].on:
        raised = (*_recent(word, now), now)
        return _replace(
            seen, phase=Phase.ACTIVE, phase_since=now, raised_at=now, returned_at=None, raised=raised, turns=0
        )
    return seen


def _absent(word: AlarmWord, now: datetime) -> AlarmWord | None:
    """``word`` once its condition is not there."""
    rule = RULES[word.condition.kind]
    match word.phase:
        case Phase.PENDING if word.absent_since is None:
            return _replace(word, absent_since=now)
        case Phase.PENDING if _lasted(word.absent_since or now, now) >= min(rule.on, rule.off):
            return _replace(word, phase=Phase.RETURNED, phase_since=now, absent_since=None, beneath=())
        case Phase.ACTIVE:
            return _replace(word, phase=Phase.CLEARING, phase_since=now, absent_since=now)
        case Phase.CLEARING if _lasted(word.absent_since or now, now) >= off_delay(word, now):
            return _replace(
                word, phase=Phase.RETURNED, phase_since=now, absent_since=None, returned_at=word.absent_since,
                beneath=(),
            )  # fmt: skip
    return None


def off_delay(word: AlarmWord, now: datetime) -> timedelta:
    """How long it must be away to have returned: twice as long for each time it was raised again within four hours."""
    again = max(0, len(_recent(word, now)) - 1)
    return min(RULES[word.condition.kind].off * (1 << min(again, 10)), LONGEST_OFF)


def _recent(word: AlarmWord, now: datetime) -> tuple[datetime, ...]:
    return tuple(at for at in word.raised if timedelta(0) <= now - at < CHATTER_WINDOW)


def _lasted(since: datetime, now: datetime) -> timedelta:
    """How long; a city's clock that was taken back makes nothing last longer: then the delay is taken as over."""
    return now - since if now >= since else timedelta.max


def _going_on(before: AlarmCondition, now: AlarmCondition) -> AlarmCondition:
    """The condition as it is now, since when it was first seen to be so."""
    starts = [at for at in (before.since, now.since) if at is not None]
    return _replace(now, since=min(starts, default=None))
