"""A notice in words: short enough for a telephone, with what to do and where to answer. What others wrote is inert."""

from typing import NamedTuple

from gateways.desk.watching.sending import inert
from gateways.words.alarms import alarm_answer, alarm_title
from gateways.words.city_clock import CityClock
from gateways.words.language import Language
from parking.health.alarms.model import DeskAlarm
from parking.health.alarms.notices import Notice

_MOST_TOLD = 10
"""Alarms that one letter names; how many more there are it says."""


class Letter(NamedTuple):
    """What is sent: plain text."""

    title: str
    text: str


def write_letter(notice: Notice, language: Language, clock: CityClock, desk_url: str) -> Letter:
    """The letter of a notice, in that language, by the city's time."""
    kind, city = language.word(notice.kind), inert(clock.city)
    if not notice.is_digest:
        alarm = notice.alarms[0]
        title = f"{kind} · {city} · {inert(alarm_title(language, alarm.word.condition))}"
        return Letter(title, "\n".join([*_of(alarm, language, clock), _link(desk_url, alarm)]))
    title = f"{kind} · {city} · {language.say('letter.alarms', count=len(notice.alarms))}"
    lines = [_short(alarm, language) for alarm in notice.alarms[:_MOST_TOLD]]
    if (more := len(notice.alarms) - _MOST_TOLD) > 0:
        lines.append(language.say("count.more", count=more))
    return Letter(title, "\n".join([*lines, desk_url]))


def _of(alarm: DeskAlarm, language: Language, clock: CityClock) -> list[str]:
    condition = alarm.word.condition
    since = condition.since or alarm.word.raised_at
    lines = [_short(alarm, language)]
    if since is not None:
        lines.append(language.say("letter.since", time=clock.tell(language, since)))
    return [*lines, alarm_answer(language, condition.kind)]


def _short(alarm: DeskAlarm, language: Language) -> str:
    """What, and whom it hits."""
    condition = alarm.word.condition
    parts = [inert(alarm_title(language, condition))]
    if condition.places:
        parts.append(language.say("letter.places", count=len(condition.places)))
    if condition.spaces:
        parts.append(language.say("letter.spaces", count=condition.spaces))
    return " · ".join(parts)


def _link(desk_url: str, alarm: DeskAlarm) -> str:
    return f"{desk_url}#alarm={alarm.id}"
