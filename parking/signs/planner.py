"""The plan: what a sign is to show now, why, from what, and until when. Pure: time and memory are arguments.

    override ─► schedule ─► what may be told of its places ─► state ─► text that fits ─► held for its dwell

In that order, the first that says something. What may not be told, does not fit or cannot be read is dark. Going dark
waits for nothing; anything else, and coming back from the dark, waits until the line has stood for its dwell. What
people say (an override, a schedule, a mode) begins and ends when they say, without a dwell.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from parking.catalogue.model import Place
from parking.decisions.model import DecisionInput, input_of
from parking.published.availability import Availability
from parking.signs.face import Face, FaceLine
from parking.signs.judging import judge_all, put_together
from parking.signs.legible import Stuck, find_illegible
from parking.signs.model import Sign, SignLimits, SignLine
from parking.signs.multi.fit import fits, folded
from parking.signs.orders import Override
from parking.signs.plan import LineMemory, LinePlan, SignPlan
from parking.signs.schedule import end_of, find_scheduled
from parking.signs.states import state_of, texts_of
from parking.signs.vocabulary import STATE_OF, forms_of_message
from parking.signs.words import DarkBecause, LineState, SignMessage, SignMode

USED = (
    "vacant_low",
    "vacant",
    "vacant_high",
    "capacity",
    "level",
    "opening",
    "reporting_share",
    "valid_until",
    "simulated",
)
SCHEDULED_FOR = timedelta(minutes=15)
_NO_MEMORY = LineMemory()


class _Wanted(NamedTuple):
    """What a line would show if nothing held it: texts with the first that fits first, with or without its legend."""

    state: LineState
    texts: tuple[str, ...] = ()
    because: DarkBecause | None = None
    inputs: tuple[DecisionInput, ...] = ()
    valid_until: datetime | None = None
    has_legend: bool = True


def plan_sign(
    sign: Sign,
    limits: SignLimits,
    availabilities: Mapping[str, Availability],
    places: Mapping[str, Place],
    memory: Mapping[int, LineMemory],
    override: Override | None,
    now: datetime,
    zone: tzinfo,
    stuck: Stuck = (),
) -> SignPlan:
    """What the sign is to show at ``now``; ``memory`` is what each line showed, by its number.

    Planning is repeatable: the plan of a plan's memory is the same plan.
    """
    override = override if override is not None and override.holds_at(now) and _is_driven(sign) else None
    wanted = [
        _fit(
            sign,
            limits,
            line,
            _want(sign, line, availabilities, places, _before(memory, line), override, now, zone),
            now,
        )
        for line in sign.lines
    ]
    wanted = _without_illegible(sign, limits, wanted, stuck, now)
    lines = [_hold(line, one, _before(memory, line), now) for line, one in zip(sign.lines, wanted, strict=True)]
    lines = _without_illegible(sign, limits, lines, stuck, now)  # what is held must be read, too
    if override is not None and override.test:
        return SignPlan(Face(is_pattern=True), tuple(lines), override.expires_at, override.expires_at)
    lit = [line for line in lines if not line.line.is_dark]
    ends = [line.valid_until for line in lit if line.valid_until is not None]
    return SignPlan(
        Face(tuple(line.line for line in lines)), tuple(lines), min(ends, default=None),
        min(_looks(sign, lines, override, now), default=None), tuple(_faults(sign, lines)),
    )  # fmt: skip


def _before(memory: Mapping[int, LineMemory], line: SignLine) -> LineMemory:
    return memory.get(line.number, _NO_MEMORY)


def _is_driven(sign: Sign) -> bool:
    return sign.mode in (SignMode.IN_SERVICE, SignMode.ON_TEST)


def _want(
    sign: Sign, line: SignLine, said: Mapping[str, Availability], places: Mapping[str, Place], before: LineMemory,
    override: Override | None, now: datetime, zone: tzinfo,
) -> _Wanted:  # fmt: skip
    if not _is_driven(sign):
        return _Wanted(LineState.DARK, because=DarkBecause.OUT_OF_SERVICE, inputs=_named("mode", sign.mode.value))
    if override is not None:
        more = {"pattern": "true"} if override.test else {}
        given = _named("override", override.decision, reason=override.reason.value, author=override.author, **more)
        message = override.lines.get(line.number, SignMessage.BLANK)
        return _say(sign, message, DarkBecause.ORDERED, given, override.expires_at)
    if sign.mode is SignMode.ON_TEST:
        return _Wanted(LineState.DARK, because=DarkBecause.ON_TEST, inputs=_named("mode", sign.mode.value))
    entry = find_scheduled(sign, line.number, now, zone)
    if entry is not None:
        given = _named("schedule", str(sign.schedule.index(entry) + 1))
        return _say(
            sign, entry.message, DarkBecause.SCHEDULED, given, min(now + SCHEDULED_FOR, end_of(entry, now, zone))
        )
    return _count(sign, line, said, places, before, now)


def _count(
    sign: Sign, line: SignLine, said: Mapping[str, Availability], places: Mapping[str, Place], before: LineMemory,
    now: datetime,
) -> _Wanted:  # fmt: skip
    judged = judge_all(line.places, places, said, line.rule, sign.is_software, now)
    told = put_together(judged)
    stated = state_of(told, line.rule, before.state)
    inputs = tuple(
        input_of(name, said[name], *USED) if name in said else DecisionInput(place_id=name) for name in line.places
    )
    used = [name for name, one in zip(line.places, judged, strict=True) if one.because is None]
    ends = [said[name].valid_until for name in used]
    if stated.state is LineState.DARK:
        return _Wanted(LineState.DARK, because=stated.because, inputs=inputs)
    texts = texts_of(stated.state, told, line.rule, sign.language)
    return _Wanted(stated.state, texts, None, inputs, min(end for end in ends if end is not None))


def _say(
    sign: Sign, message: SignMessage, because: DarkBecause, given: tuple[DecisionInput, ...], until: datetime
) -> _Wanted:
    if message is SignMessage.BLANK:
        return _Wanted(LineState.DARK, because=because, inputs=given)
    texts = forms_of_message(message, sign.language)
    return _Wanted(STATE_OF.get(message, LineState.MESSAGE), texts, None, given, until, message in STATE_OF)


def _named(thing: str, value: str, **more: str) -> tuple[DecisionInput, ...]:
    return (DecisionInput(thing=f"{thing}:{value}"[:120], limits=dict(more)),)


def _fit(sign: Sign, limits: SignLimits, line: SignLine, wanted: _Wanted, now: datetime) -> LinePlan:
    """The line in the first of its forms that has room; dark where none has."""
    for shown in _forms(sign, limits, line, wanted):
        if fits(sign, limits, shown):
            text = f"{shown.legend} {shown.value}".strip()
            memory = LineMemory(wanted.state, text, now, shown, _is_ordered(wanted.inputs))
            return LinePlan(line.number, wanted.state, shown, None, wanted.inputs, wanted.valid_until, memory)
    because = wanted.because or DarkBecause.NO_FORM_FITS
    return _dark(line.number, because, wanted.inputs, now)


def _forms(sign: Sign, limits: SignLimits, line: SignLine, wanted: _Wanted) -> Iterator[FaceLine]:
    """A shorter legend before a shorter word: the name of a place is known, what is free there is not."""
    legends = (line.legend, *line.short_legends) if wanted.has_legend and not line.is_printed else ("",)
    is_red = wanted.state in (LineState.FULL, LineState.CLOSED)
    arrow = line.arrow if wanted.has_legend else None
    for text in wanted.texts:
        for legend in legends:
            parts = folded(sign, limits, legend), folded(sign, limits, text)
            if None not in parts:
                yield FaceLine(line.number, parts[0] or "", parts[1] or "", arrow, is_red)


def _dark(number: int, because: DarkBecause, inputs: tuple[DecisionInput, ...], now: datetime) -> LinePlan:
    memory = LineMemory(LineState.DARK, "", now, FaceLine(number), _is_ordered(inputs))
    return LinePlan(number, LineState.DARK, FaceLine(number), because, inputs, None, memory)


def _is_ordered(inputs: tuple[DecisionInput, ...]) -> bool:
    """Said by people, and not made of any place's number."""
    return any(given.thing is not None for given in inputs)


def _hold(line: SignLine, wanted: LinePlan, before: LineMemory, now: datetime) -> LinePlan:
    """As it is wanted, or as it was for as long as its dwell lasts. What people say neither waits nor is waited for."""
    if before.since is not None and wanted.memory.text == before.text:
        return wanted._replace(memory=wanted.memory._replace(since=before.since))
    is_free = before.ordered or wanted.memory.ordered or wanted.state is LineState.DARK
    dwell = timedelta(seconds=line.rule.dwell_s)
    if is_free or before.since is None or not timedelta(0) <= now - before.since < dwell:
        return wanted
    shown = before.line or FaceLine(line.number)
    because = DarkBecause.DWELL if shown.is_dark else None
    until = None if shown.is_dark else wanted.valid_until
    return wanted._replace(state=before.state, line=shown, because=because, valid_until=until, memory=before, held=True)


def _without_illegible(
    sign: Sign, limits: SignLimits, lines: list[LinePlan], stuck: Stuck, now: datetime
) -> list[LinePlan]:
    """Dark where failed pixels could make another value of it."""
    if not stuck:
        return lines
    wrong = find_illegible(sign, limits, Face(tuple(line.line for line in lines)), stuck)
    return [
        _dark(line.number, DarkBecause.ILLEGIBLE, line.inputs, now) if line.number in wrong else line for line in lines
    ]


def kept_from_real(plan: SignPlan, sign: Sign, is_real: bool, now: datetime) -> SignPlan:
    """Dark where a real sign would show a city whose time is not the wall's: a replay, or one that is made up."""
    if is_real or sign.is_software:
        return plan
    told = "the city's time is not the wall's: a real sign stays dark"
    return darkened(plan, DarkBecause.NOT_REAL, now)._replace(faults=(*plan.faults, told))


def darkened(plan: SignPlan, because: DarkBecause, now: datetime) -> SignPlan:
    """The same plan, and nothing of it lit: for a reason of whoever shows it."""
    lines = tuple(line if line.line.is_dark else _dark(line.number, because, line.inputs, now) for line in plan.lines)
    return plan._replace(face=Face(tuple(line.line for line in lines)), lines=lines, valid_until=None)


def _looks(sign: Sign, lines: list[LinePlan], override: Override | None, now: datetime) -> Iterator[datetime]:
    """When another plan may come of it without any news."""
    dwells = {line.number: timedelta(seconds=line.rule.dwell_s) for line in sign.lines}
    for line in lines:
        if line.held and line.memory.since is not None:
            yield line.memory.since + dwells[line.number]
        if line.valid_until is not None:
            yield line.valid_until
    if override is not None:
        yield override.expires_at
    elif sign.schedule:
        yield now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _faults(sign: Sign, lines: list[LinePlan]) -> Iterator[str]:
    legends = {line.number: line.legend for line in sign.lines}
    for line in lines:
        if line.because is DarkBecause.NO_FORM_FITS:
            yield f"line {line.number}: no form of {legends[line.number]!r} with its value has room: shorten it"
        elif line.because is DarkBecause.NOT_CATALOGUED:
            yield f"line {line.number}: it counts a place that the catalogue does not know"
        elif line.because is DarkBecause.ILLEGIBLE:
            yield f"line {line.number}: failed pixels could make another number of it"
