"""One language: its sentences, and how it writes numbers, shares, dates and times."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal, format_percent

from parking.desk.usual import AgainstUsual
from parking.health.alarms.handling import ShelfReason
from parking.health.alarms.kinds import TroubleKind, Urgency
from parking.health.alarms.model import AlarmState
from parking.health.alarms.notices import NoticeKind
from parking.health.alarms.sight import Component
from parking.signs.status import AlarmKind, SignState
from parking.signs.words import DarkBecause, LineState, OrderReason, SignMode
from parking.signs.wrong import WrongKind
from parking.words import (
    Audience,
    Basis,
    ClockBasis,
    DisabledTariff,
    Fault,
    FillLevel,
    Opening,
    OverrideAspect,
    OverrideReason,
    Problem,
    RejectReason,
    Structure,
    TimeBasis,
    Users,
)

LANGUAGES_FOLDER = Path(__file__).parent / "languages"
CODES = ("fr", "en", "br")
GROUPS: Mapping[type[StrEnum], str] = {
    FillLevel: "level",
    Opening: "opening",
    Basis: "basis",
    ClockBasis: "clock",
    Audience: "audience",
    Fault: "fault",
    Problem: "problem",
    RejectReason: "reject",
    TimeBasis: "time_basis",
    Users: "users",
    DisabledTariff: "tariff",
    Structure: "structure",
    SignState: "sign_state",
    SignMode: "sign_mode",
    DarkBecause: "dark_because",
    AlarmKind: "sign_alarm",
    OrderReason: "order_reason",
    OverrideAspect: "override_aspect",
    OverrideReason: "override_reason",
    WrongKind: "sign_wrong",
    LineState: "line_state",
    TroubleKind: "trouble",
    AlarmState: "alarm_state",
    Urgency: "urgency",
    ShelfReason: "shelf_reason",
    Component: "component",
    NoticeKind: "notice_kind",
    AgainstUsual: "against_usual",
}
"""Which group of words says the members of a set of the domain's words."""

Sentence: TypeAlias = str | Mapping[str, str]
Words: TypeAlias = dict[str, Any]
_VARIANTS = {"long", "short", "zero", "one", "two", "few", "many", "other"}
_VALUE = re.compile(r"\{(\w+)\}")
_BEFORE_SIGN = re.compile(r" ([?:;!»])")


class LanguageFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of ``languages/`` holds; see ``gateways.words``."""

    code: str
    name: str
    locale: str
    reviewed: bool
    fallback: str | None
    words: Words
    note: str | None = None


class Language:
    """One language. ``locale`` is Babel's; ``reviewed`` is false where no speaker has read the words."""

    def __init__(self, file: LanguageFile) -> None:
        self.code, self.name, self.reviewed = file.code, file.name, file.reviewed
        self.locale = Locale.parse(file.locale, sep="-")
        self._sentences: dict[str, Sentence] = dict(list_sentences(file.words))
        if file.fallback is not None:
            self._sentences = dict(list_sentences(read_file(file.fallback).words)) | self._sentences

    def say(self, key: str, form: str = "long", **values: object) -> str:
        """The sentence ``key`` with its values filled in; a number among them as this language writes it.

        ``form`` is "long", or "short" where there is little room; a sentence without a short form has one for both.
        A sentence with plurals needs the value ``count``. Raises KeyError where no language has the key.
        """
        sentence = self._sentences[key]
        if not isinstance(sentence, str):
            sentence = sentence[self._variant_of(sentence, form, values.get("count"))]
        filled = _VALUE.sub(lambda found: self._written(values[found[1]]), sentence)
        return _BEFORE_SIGN.sub("\u00a0\\1", filled).replace("« ", "«\u00a0")  # no line ends at these spaces

    def _variant_of(self, sentence: Mapping[str, str], form: str, count: object) -> str:
        if "other" not in sentence:
            return form if form in sentence else "long"
        assert isinstance(count, int), "a sentence with plurals needs a count"
        plural = self.locale.plural_form(count)
        return plural if plural in sentence else "other"

    def word(self, member: StrEnum, form: str = "long") -> str:
        """What a member of one of the domain's sets of words is called."""
        return self.say(f"{GROUPS[type(member)]}.{member.value}", form)

    def _written(self, value: object) -> str:
        return self.number(value) if isinstance(value, int | float) else str(value)

    def number(self, value: float, decimals: int | None = None) -> str:
        """A number with this language's own signs, with that many decimals where it is said."""
        shape = None if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(value, shape, locale=self.locale))

    def share(self, value: float, decimals: int = 0) -> str:
        """A share of one as per cent."""
        pattern = self.locale.percent_formats[None].pattern
        shape = pattern.replace("#,##0", "#,##0" + ("." + "0" * decimals if decimals else ""))
        return str(format_percent(value, shape, locale=self.locale))

    def day(self, instant: datetime, zone: tzinfo) -> str:
        """The day in that zone, in full: "lundi 4 mai 2026"."""
        local = instant.astimezone(zone)
        text = format_date(local.date(), "full", locale=self.locale)
        return text.replace(" 1 ", " 1er ") if self.code == "fr" and local.day == 1 else text  # CLDR's has no "er"

    def moment(self, instant: datetime, zone: tzinfo) -> str:
        """Day and time in that zone, to the second: "4 mai 2026, 14:05:07"."""
        return str(format_datetime(instant.astimezone(zone), "medium", locale=self.locale))

    def hour(self, instant: datetime, zone: tzinfo) -> str:
        """The time of day in that zone, to the minute: "14:05"."""
        return str(format_time(instant.astimezone(zone), "HH:mm", locale=self.locale))


def list_sentences(words: Words, prefix: str = "") -> Iterator[tuple[str, Sentence]]:
    """Every key of a file's words, and its sentence."""
    for name, value in words.items():
        if isinstance(value, str) or value.keys() <= _VARIANTS:
            yield prefix + name, value
        else:
            yield from list_sentences(value, f"{prefix}{name}.")


@cache
def read_file(code: str) -> LanguageFile:
    """The file of a language. ``code`` is one of CODES."""
    return msgspec.json.decode((LANGUAGES_FOLDER / f"{code}.json").read_bytes(), type=LanguageFile)


@cache
def get_language(code: str) -> Language:
    """The language of that code, one of CODES."""
    return Language(read_file(code))
