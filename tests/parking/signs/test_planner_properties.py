"""The plan under any news, in any order, at any time: dark before wrong, and steady before both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from parking.catalogue.model import Place
from parking.published.availability import Availability
from parking.published.level import fill_level
from parking.signs.deciding import decide_line, remember, says_same
from parking.signs.legible import Stuck
from parking.signs.model import LineRule, ScheduleEntry, Sign, SignLimits, SignLine
from parking.signs.orders import Override
from parking.signs.plan import LineMemory, SignPlan
from parking.signs.planner import plan_sign
from parking.signs.vocabulary import list_words
from parking.signs.words import DarkBecause, LineState, OrderReason, Rounding, SignMessage, SignProtocol
from parking.words import Basis, FillLevel, Opening

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
WIDE = SignLimits(width_px=400, height_px=27, colour_scheme=1, default_font=1)
NAMES = ("p1", "p2", "p3")
SHUT = (Opening.CLOSED, Opening.CLOSED_ABNORMAL, Opening.SUBSCRIBERS_ONLY)
_LIT = (LineState.SPACES, LineState.ALMOST_FULL)


@st.composite
def availabilities(draw: st.DrawFn) -> Availability:
    """Anything that may be published, and some of what should not be."""
    capacity = draw(st.none() | st.integers(0, 400))
    low, vacant, high = sorted(draw(st.tuples(*[st.integers(-1, 420)] * 3)))
    if draw(st.booleans()):
        low = high = vacant
    bounds = draw(st.sampled_from([(low, vacant, high), (None, vacant, None), (low, None, None), (low, None, high),
                                   (None, None, None)]))  # fmt: skip
    opening = draw(st.sampled_from([Opening.OPEN, Opening.OPEN, *Opening]))
    level = draw(st.sampled_from([None, None, *FillLevel]))
    if level is None:
        level = fill_level(bounds[0] or bounds[1], bounds[2] or bounds[1], capacity, opening)
    return Availability(
        vacant_low=bounds[0], vacant=bounds[1], vacant_high=bounds[2], capacity=capacity, opening=opening, level=level,
        reporting_share=draw(st.sampled_from([None, None, 0.0, 0.74, 0.75, 1.0])),
        observed_at=draw(st.sampled_from([NOW, NOW, NOW, None])),
        valid_until=NOW + timedelta(minutes=draw(st.sampled_from([15, 15, 15, 3, 0, -1]))),
        basis=draw(st.sampled_from([Basis.COUNTED, Basis.COUNTED, *Basis])),
        simulated=draw(st.integers(0, 9)) == 0, revision=(1, draw(st.integers(0, 99))),
    )  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> LineRule:
    """Thresholds in their order, or the site's own."""
    at = draw(st.none() | st.tuples(*[st.integers(0, 60)] * 4).map(sorted))
    full_at, full_clears, almost, almost_clears = at or (None, None, None, None)
    return LineRule(
        full_at=full_at, full_clears_at=full_clears, almost_full_at=almost, almost_full_clears_at=almost_clears,
        almost_full_as_number=draw(st.booleans()), rounding=draw(st.sampled_from(list(Rounding))), dwell_s=60,
    )  # fmt: skip


members = st.lists(st.none() | availabilities(), min_size=1, max_size=3)
full_ats = st.lists(st.none() | st.integers(0, 30), min_size=3, max_size=3)


def sign_of(rule: LineRule, count: int, **more: Any) -> Sign:
    line = SignLine(number=1, legend="CENTRE", places=NAMES[:count], rule=rule)
    return Sign(tenant="t", id="A12", name="Quai", protocol=SignProtocol.NTCIP, address="10.0.0.1:161", lines=(line,),
                **more)  # fmt: skip


def known(full_ats: Sequence[int | None]) -> dict[str, Place]:
    return {
        name: Place(tenant="t", id=name, name=name, capacity=400, full_at=full_at)
        for name, full_at in zip(NAMES, full_ats, strict=True)
    }


def plan(
    sign: Sign,
    said: Mapping[str, Availability],
    full: Sequence[int | None] = (None, None, None),
    now: datetime = NOW,
    before: LineMemory | None = None,
    limits: SignLimits = WIDE,
    override: Override | None = None,
    stuck: Stuck = (),
) -> SignPlan:
    memory = {1: before} if before else {}
    return plan_sign(sign, limits, said, known(full), memory, override, now, PARIS, stuck)


def named(said: Sequence[Availability | None]) -> dict[str, Availability]:
    return {name: one for name, one in zip(NAMES, said, strict=False) if one is not None}


def free_of(one: Availability) -> int:
    """At least so many, as far as it may be told."""
    low = one.vacant if one.vacant_low is None else one.vacant_low
    return 0 if low is None or one.opening in SHUT or one.level is FillLevel.FULL else low


def is_trusted(one: Availability | None) -> bool:
    """Written anew, as the brief has it."""
    if one is None or one.observed_at is None or one.valid_until is None or one.valid_until <= NOW:
        return False
    if one.simulated or one.basis is Basis.EXPECTED or (one.reporting_share or 1 if one.reporting_share is None
                                                       else one.reporting_share) < 0.75:  # fmt: skip
        return False
    low = one.vacant if one.vacant_low is None else one.vacant_low
    if low is None and one.level is FillLevel.UNKNOWN and one.opening not in SHUT:
        return False
    numbers = [bound for bound in (one.vacant_low, one.vacant) if bound is not None]
    most = 400 if one.capacity is None else one.capacity
    bounds = [*numbers, *([one.vacant_high] if one.vacant_high is not None else [])]
    says_some = one.level in (FillLevel.SPACES_AVAILABLE, FillLevel.ALMOST_FULL) and one.opening not in SHUT
    if says_some and max(bounds, default=1) == 0:
        return False
    return not numbers or (min(numbers) >= 0 and max(numbers) <= most)


@given(members, rules(), full_ats)
def test_a_number_is_never_above_what_is_known_to_be_free(said: Any, rule: LineRule, full: Any) -> None:
    (line,) = plan(sign_of(rule, len(said)), named(said), full).lines
    if line.state in _LIT and line.line.value.isdecimal():
        assert int(line.line.value) <= sum(free_of(one) for one in said if one is not None and is_trusted(one))


@given(members, rules(), full_ats, st.sampled_from(list(LineState)))
def test_what_is_unknown_is_never_full_and_never_none(said: Any, rule: LineRule, full: Any, state: LineState) -> None:
    """Whatever it showed before: a place that nobody knows might have spaces."""
    before = LineMemory(state, "whatever", NOW - timedelta(hours=1))
    (line,) = plan(sign_of(rule, len(said)), named(said), full, before=before).lines
    trusted = [is_trusted(one) for one in said]
    if not any(trusted):
        assert line.line.is_dark
    if not all(trusted):
        assert line.state not in (LineState.FULL, LineState.CLOSED, LineState.SUBSCRIBERS)
    assert line.line.value != "0" or line.state is LineState.FULL


@given(members, rules(), full_ats, st.permutations(range(3)))
def test_the_order_of_members_does_not_matter(said: Any, rule: LineRule, full: Any, order: Any) -> None:
    sign = sign_of(rule, len(said))
    (line,) = plan(sign, named(said), full).lines
    mixed = tuple(NAMES[number] for number in order if number < len(said))
    other = Sign(tenant="t", id="A12", name="Quai", protocol=SignProtocol.NTCIP, address="10.0.0.1:161",
                 lines=(SignLine(number=1, legend="CENTRE", places=mixed, rule=rule),))  # fmt: skip
    (again,) = plan(other, named(said), full).lines
    assert again._replace(inputs=()) == line._replace(inputs=())
    assert {given.name for given in again.inputs} == {given.name for given in line.inputs}


@given(members, rules(), full_ats, st.integers(0, 120), st.sampled_from(["none", "schedule", "override"]))
def test_a_decision_gives_the_memory_back_and_the_same_news_the_same_decision(
    said: Any, rule: LineRule, full: Any, later: int, by: str
) -> None:
    entry = ScheduleEntry(message=SignMessage.CLOSED)
    sign = sign_of(rule, len(said), schedule=(entry,) if by == "schedule" else ())
    ends = NOW + timedelta(hours=1)
    order = Override(reason=OrderReason.WORKS, author="x", expires_at=ends, lines={1: SignMessage.EVENT})
    override = order if by == "override" else None
    (line,) = plan(sign, named(said), full, override=override).lines
    decision = decide_line(sign, line, NOW, 1)
    assert remember(decision) == line.memory
    assert decide_line(sign, line, NOW, 1) == decision
    then = NOW + timedelta(seconds=later)
    assume(all(one is None or one.valid_until is None or not NOW < one.valid_until <= then for one in said))
    (again,) = plan(sign, named(said), full, then, remember(decision), override=override).lines
    (thrice,) = plan(sign, named(said), full, then, again.memory, override=override).lines
    assert says_same(decision, again)
    assert (again.memory, thrice) == (line.memory, again)


@given(members, rules(), full_ats, st.integers(16, 160), st.sampled_from(["fr", "en", "br"]))
def test_every_text_is_of_the_vocabulary_a_legend_or_a_number(
    said: Any, rule: LineRule, full: Any, width: int, language: str
) -> None:
    limits = SignLimits(width_px=width, height_px=9, colour_scheme=1, default_font=1)
    (line,) = plan(sign_of(rule, len(said), language=language), named(said), full, limits=limits).lines
    assert line.line.legend in ("", "CENTRE")
    assert line.line.value.isdecimal() or line.line.value in {"", *list_words()}
    assert line.line.is_dark == (line.state is LineState.DARK) == (line.because is not None)


news = st.lists(
    st.tuples(st.integers(1, 45), st.none() | st.integers(0, 30), st.sampled_from([Opening.OPEN] * 3 + [*SHUT])),
    min_size=2, max_size=25,
)  # fmt: skip


@given(news, rules())
def test_at_most_one_change_a_dwell_whatever_flaps(sequence: Any, rule: LineRule) -> None:
    """Going dark apart, which waits for nothing; and coming back from there waits as any change does."""
    sign, now, memory = sign_of(rule, 1), NOW, LineMemory()
    changed_at: datetime | None = None
    shown: tuple[Any, ...] = ()
    recent: list[tuple[datetime, int]] = []
    for seconds, vacant, opening in sequence:
        now += timedelta(seconds=seconds)
        level = fill_level(vacant, vacant, 400, opening) if vacant is not None else FillLevel.UNKNOWN
        said = Availability(vacant=vacant, capacity=400, opening=opening, level=level, observed_at=now,
                            valid_until=now + timedelta(minutes=15), basis=Basis.COUNTED)  # fmt: skip
        (line,) = plan(sign, {"p1": said}, now=now, before=memory).lines
        looks = (line.line.legend, line.line.value)
        recent = [(at, free) for at, free in recent if now - at < timedelta(seconds=rule.dwell_s)]
        recent.append((now, free_of(said)))
        if looks != shown:
            is_dark = line.line.is_dark
            assert changed_at is None or is_dark or now - changed_at >= timedelta(seconds=rule.dwell_s)
            changed_at, shown = now, looks
        if vacant is None and opening not in SHUT:
            assert line.line.is_dark
        if line.state in _LIT and line.line.value.isdecimal():
            assert any(int(line.line.value) <= free for _, free in recent)
        memory = remember(decide_line(sign, line, now, 1))


@given(st.integers(8, 400), st.lists(st.integers(0, 130), max_size=6).map(sorted))
def test_failed_pixels_darken_once_and_stay(vacant: int, laters: list[int]) -> None:
    """A line that cannot be read neither flaps nor says another reason a moment later."""
    sign = sign_of(LineRule(), 1)
    said = Availability(vacant=vacant, capacity=400, level=FillLevel.SPACES_AVAILABLE, opening=Opening.OPEN,
                        observed_at=NOW, valid_until=NOW + timedelta(minutes=15), basis=Basis.COUNTED)  # fmt: skip
    stuck = tuple((x, y, False) for x in range(1, 401) for y in range(1, 28) if (x + y) % 2)
    (line,) = plan(sign, {"p1": said}, stuck=stuck).lines
    assert line.because is DarkBecause.ILLEGIBLE
    before = remember(decide_line(sign, line, NOW, 1))
    for later in laters:
        (again,) = plan(sign, {"p1": said}, now=NOW + timedelta(seconds=later), before=before, stuck=stuck).lines
        assert (again.because, again.memory) == (line.because, line.memory)
        before = again.memory


@given(availabilities(), st.integers(0, 59), st.sampled_from([SignMessage.EVENT, SignMessage.CLOSED]))
def test_what_people_say_waits_for_no_dwell_and_ends_when_they_say(
    said: Availability, later: int, message: SignMessage
) -> None:
    counted, then = sign_of(LineRule(dwell_s=60), 1), NOW + timedelta(seconds=later)
    order = Override(reason=OrderReason.WORKS, author="x", expires_at=then, lines={1: message})
    (ordered,) = plan(counted, {"p1": said}, now=NOW - timedelta(seconds=1), override=order).lines
    memory = remember(decide_line(counted, ordered, NOW - timedelta(seconds=1), 1))
    (after,) = plan(counted, {"p1": said}, now=then, before=memory, override=order).lines
    (fresh,) = plan(counted, {"p1": said}, now=then).lines
    assert (after.line, after.held) == (fresh.line, False)
    begins = time(14, 0)  # in Paris
    scheduled = sign_of(LineRule(dwell_s=60), 1, schedule=(ScheduleEntry(message=message, since=begins),))
    (before,) = plan(counted, {"p1": said}, now=NOW - timedelta(seconds=1 + later)).lines
    (now,) = plan(scheduled, {"p1": said}, before=before.memory).lines
    assert not now.held
