"""Alarms as decisions, and back: whoever reads the record has the same alarms, in whatever order it is read.

Subjects: ``alarm:ID`` is the watcher's word, whole, each time anything of it changed; ``alarm:ID/handling`` is all that
people have said to it, whole; ``alarm:ID/notice.ROUTE`` is what was sent of it that way. The newest decision of each
subject is enough; older ones change nothing.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from parking.decisions.model import Decision, decide
from parking.decoding import decode
from parking.errors import ParkingError
from parking.health.alarms.acts import AlarmAct, say_to
from parking.health.alarms.handling import Handling, merge
from parking.health.alarms.model import AlarmWord, DeskAlarm
from parking.health.alarms.notices import Notice, SentNotice

ALARM_RULE = ("desk.alarm", 1)
HANDLING_RULE = ("desk.alarm.handling", 1)
NOTICE_RULE = ("desk.alarm.notice", 1)
ALARM_SUBJECTS = "alarm:"
"""What all subjects of alarms begin with."""

_HANDLING = "/handling"
_word = msgspec.json.Decoder(AlarmWord)
_handling = msgspec.json.Decoder(Handling)
_sent = msgspec.json.Decoder(SentNotice)


def word_subject(alarm: str) -> str:
    """What the watcher's decisions about an alarm are about."""
    return f"{ALARM_SUBJECTS}{alarm}"


def handling_subject(alarm: str) -> str:
    """What people's decisions about an alarm are about."""
    return f"{ALARM_SUBJECTS}{alarm}{_HANDLING}"


def word_to_decision(tenant: str, word: AlarmWord, now: datetime, fence: int | None = None) -> Decision:
    """The watcher's word as a decision, to be recorded."""
    reason = f"{word.condition.kind.value} of {word.condition.cause[:200]} is {word.phase.value}"
    output = {"word": msgspec.to_builtins(word)}
    return decide(tenant, word_subject(word.id), ALARM_RULE, (), output, now, now, reason=reason, fence=fence)


def word_from_decision(decision: Decision) -> AlarmWord | None:
    """The watcher's word that a decision is, or None where it is none that can be read."""
    said = decision.output.get("word") if (decision.rule, decision.rule_version) == ALARM_RULE else None
    if said is None:
        return None
    try:
        word = decode(_word, msgspec.json.encode(said), "an alarm's word")
    except ParkingError:
        return None
    return word if decision.subject == word_subject(word.id) else None


def handle(alarm: DeskAlarm, act: AlarmAct, operator_name: str, now: datetime, tenant: str) -> Decision:
    """What somebody says to an alarm as a decision, to be recorded. Raises InvalidActError with a sentence."""
    handling = say_to(alarm, act, operator_name, now)
    return handling_to_decision(tenant, alarm.id, act, handling, operator_name, now)


def handling_to_decision(
    tenant: str, alarm: str, act: AlarmAct, handling: Handling, author: str, now: datetime
) -> Decision:
    """All that people have said once ``act`` was said, as a decision."""
    output = {"act": msgspec.to_builtins(act), "handling": msgspec.to_builtins(handling)}
    reason = str(output["act"]["act"])
    return decide(tenant, handling_subject(alarm), HANDLING_RULE, (), output, now, now, author=author, reason=reason)


def handling_from_decision(decision: Decision) -> Handling | None:
    """What people have said that a decision is, or None where it is none that can be read."""
    said = decision.output.get("handling") if (decision.rule, decision.rule_version) == HANDLING_RULE else None
    if said is None:
        return None
    try:
        return decode(_handling, msgspec.json.encode(said), "what was said to an alarm")
    except ParkingError:
        return None


def notice_subject(alarm: str, route: str) -> str:
    """What decisions about what was sent of an alarm by a route are about."""
    return f"{ALARM_SUBJECTS}{alarm}/notice.{route}"


def notice_to_decisions(tenant: str, notice: Notice, now: datetime, fence: int | None = None) -> list[Decision]:
    """A notice as decisions, one for each of its alarms; to be recorded before it is sent."""
    told = [alarm.id for alarm in notice.alarms]
    return [
        decide(
            tenant, notice_subject(sent.alarm, sent.route), NOTICE_RULE, (),
            {"sent": msgspec.to_builtins(sent), "kind": notice.kind.value, "together": told}, now, now,
            reason=f"{notice.kind.value} by {notice.route}", fence=fence,
        )
        for sent in notice.sent
    ]  # fmt: skip


def sent_from_decision(decision: Decision) -> SentNotice | None:
    """What was sent, or None where a decision is none about that, or cannot be read."""
    said = decision.output.get("sent") if (decision.rule, decision.rule_version) == NOTICE_RULE else None
    if said is None:
        return None
    try:
        return decode(_sent, msgspec.json.encode(said), "what was sent of an alarm")
    except ParkingError:
        return None


def fold_sent(decisions: Iterable[Decision]) -> dict[tuple[str, str], SentNotice]:
    """What was sent last of each alarm by each route, whatever the order and repetition of the record."""
    last: dict[tuple[str, str], SentNotice] = {}
    for decision in decisions:
        if (sent := sent_from_decision(decision)) is not None:
            name = (sent.alarm, sent.route)
            last[name] = max(last.get(name, sent), sent, key=lambda one: (one.raised_at, one.times, one.last_at))
    return last


def fold_alarms(decisions: Iterable[Decision]) -> dict[str, DeskAlarm]:
    """The alarms that a record says, by id. The order and repetition of decisions do not matter.

    What was said to an alarm of which there is no word is kept until there is one: fold all of the record, or the
    newest decision of each subject.
    """
    words: dict[str, AlarmWord] = {}
    handlings: dict[str, Handling] = {}
    for decision in decisions:
        if word := word_from_decision(decision):
            words[word.id] = newer(words.get(word.id), word)
        elif handling := handling_from_decision(decision):
            alarm = decision.subject.removeprefix(ALARM_SUBJECTS).removesuffix(_HANDLING)
            handlings[alarm] = merge(handlings.get(alarm, Handling()), handling)
    return {id_: DeskAlarm(word=word, handling=handlings.get(id_, Handling())) for id_, word in sorted(words.items())}


_canonical = msgspec.json.Encoder(order="sorted")


def newer(one: AlarmWord | None, other: AlarmWord) -> AlarmWord:
    """Of two words about one alarm the one that stands."""
    return other if one is None else max(one, other, key=lambda word: (word.number, _canonical.encode(word)))
