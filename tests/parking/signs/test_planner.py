"""The plan: only what can be shown to be true, in a form that fits, and no more than one change a dwell."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from parking.catalogue.model import Place
from parking.published.availability import Availability, CategoryCount
from parking.published.level import fill_level
from parking.signs.deciding import decide_line, remember, says_same, shown_line
from parking.signs.model import Cell, LineRule, ScheduleEntry, Sign, SignLimits, SignLine
from parking.signs.orders import Override
from parking.signs.plan import LineMemory
from parking.signs.planner import plan_sign
from parking.signs.words import (
    DarkBecause,
    InvalidSignError,
    LineState,
    OrderReason,
    Rounding,
    SignMessage,
    SignMode,
    SignProtocol,
)
from parking.words import Audience, Basis, FillLevel, Opening

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
LIMITS = SignLimits(width_px=145, height_px=27, colour_scheme=1, default_font=1)


def line(number=1, legend="COMMERCE", places=("p1",), **more):
    rule = LineRule(**{"dwell_s": 60} | more.pop("rule", {}))
    return SignLine(number=number, legend=legend, places=places, rule=rule, **more)


def sign(*lines, **more):
    said = {"tenant": "t", "id": "A12", "name": "Quai", "protocol": SignProtocol.NTCIP, "address": "10.0.0.1:161"}
    return Sign(**said | {"lines": lines or (line(),)} | more)


def number(vacant, capacity=400, **more):
    said = {
        "vacant": vacant, "vacant_low": vacant, "vacant_high": vacant, "capacity": capacity, "opening": Opening.OPEN,
        "level": fill_level(vacant, vacant, capacity, Opening.OPEN),
        "by_category": {Audience.PUBLIC: CategoryCount(vacant, capacity)}, "observed_at": NOW,
        "valid_until": NOW + timedelta(minutes=15), "basis": Basis.COUNTED, "revision": (1, 5),
    }  # fmt: skip
    return Availability(**said | more)


def plan(of, said, memory=None, override=None, now=NOW, limits=LIMITS, stuck=(), **places):
    known = {name: Place(tenant="t", id=name, name=name, capacity=400) for name in said} | places
    return plan_sign(of, limits, said, known, memory or {}, override, now, PARIS, stuck)


def shown(of, said, **more):
    (only, *_) = plan(of, said, **more).lines
    return only.state, f"{only.line.legend} {only.line.value}".strip(), only.because


@pytest.mark.parametrize(
    ("said", "state", "text"),
    [
        (number(123), LineState.SPACES, "COMMERCE 123"),
        (number(123, vacant_low=100), LineState.SPACES, "COMMERCE 100"),
        (number(12), LineState.ALMOST_FULL, "COMMERCE 12"),
        (number(0), LineState.FULL, "COMMERCE COMPLET"),
        (number(30, level=FillLevel.FULL), LineState.FULL, "COMMERCE COMPLET"),
        (number(30, opening=Opening.CLOSED), LineState.CLOSED, "COMMERCE FERME"),
        (number(30, opening=Opening.SUBSCRIBERS_ONLY), LineState.SUBSCRIBERS, "COMMERCE ABONNES"),
        (
            number(None, level=FillLevel.SPACES_AVAILABLE), LineState.SPACES, "COMMERCE LIBRE",
        ),
        (number(None, level=FillLevel.FULL), LineState.FULL, "COMMERCE COMPLET"),
        (number(None, vacant_low=40), LineState.ALMOST_FULL, "COMMERCE 40"),
    ],
)  # fmt: skip
def test_what_is_known_is_said(said, state, text):
    assert shown(sign(), {"p1": said}) == (state, text, None)


@pytest.mark.parametrize(
    ("said", "because"),
    [
        (number(None), DarkBecause.UNKNOWN),
        (Availability(), DarkBecause.UNKNOWN),
        (number(12, valid_until=NOW), DarkBecause.STALE),
        (number(12, valid_until=None), DarkBecause.UNKNOWN),
        (number(12, basis=Basis.EXPECTED), DarkBecause.UNKNOWN),
        (number(401), DarkBecause.IMPOSSIBLE),
        (number(-1), DarkBecause.IMPOSSIBLE),
        (number(0, level=FillLevel.SPACES_AVAILABLE), DarkBecause.IMPOSSIBLE),
        (number(12, reporting_share=0.74), DarkBecause.FEW_REPORT),
        (number(12, simulated=True), DarkBecause.SIMULATED),
        (number(0, vacant_high=3, level=FillLevel.UNKNOWN), DarkBecause.UNKNOWN),
        (number(0, capacity=0), DarkBecause.UNKNOWN),
    ],
)
def test_what_is_not_known_is_dark(said, because):
    assert shown(sign(), {"p1": said}) == (LineState.DARK, "", because)


def test_a_place_that_nobody_knows_is_dark():
    assert shown(sign(), {}) == (LineState.DARK, "", DarkBecause.NOT_CATALOGUED)


def test_enough_reports_are_enough():
    assert shown(sign(), {"p1": number(12, reporting_share=0.75)})[1] == "COMMERCE 12"


def test_a_group_is_the_sum_of_those_that_can_be_trusted():
    group = sign(line(legend="CENTRE", places=("p1", "p2", "p3")))
    said = {"p1": number(100), "p2": number(20), "p3": number(50, valid_until=NOW)}
    assert shown(group, said)[1] == "CENTRE 120"


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ((number(0), number(0)), "CENTRE COMPLET"),
        ((number(0), number(None)), ""),
        ((number(0), number(3, opening=Opening.CLOSED)), "CENTRE COMPLET"),
        ((number(3, opening=Opening.CLOSED), number(3, opening=Opening.CLOSED)), "CENTRE FERME"),
        ((number(3, opening=Opening.CLOSED), number(None)), ""),
        ((number(None), number(None)), ""),
        ((number(7), number(None, level=FillLevel.SPACES_AVAILABLE)), "CENTRE 7"),
        ((number(30, level=FillLevel.FULL), number(7)), "CENTRE 7"),
    ],
)
def test_a_group_is_full_only_if_all_of_it_is_known_to_be(members, text):
    group = sign(line(legend="CENTRE", places=("p1", "p2")))
    assert shown(group, dict(zip(("p1", "p2"), members, strict=True)))[1] == text


@pytest.mark.parametrize(
    ("vacant", "rounding", "said"),
    [
        (123, Rounding.FIVES, "120"), (123, Rounding.TENS, "120"), (3, Rounding.FIVES, "3"), (9, Rounding.TENS, "9"),
        (330, Rounding.WORD, "LIBRE"), (123, Rounding.WORD, "120"), (17, Rounding.WORD, "17"),
    ],
)  # fmt: skip
def test_rounding_goes_down_and_never_to_nothing(vacant, rounding, said):
    assert shown(sign(line(rule={"rounding": rounding})), {"p1": number(vacant)})[1] == f"COMMERCE {said}"


def test_the_way_back_is_longer_than_the_way_there():
    before = {1: plan(sign(), {"p1": number(0)}).lines[0].memory}
    later = NOW + timedelta(minutes=2)
    for vacant, text in ((1, "COMPLET"), (7, "COMPLET"), (8, "8")):
        assert shown(sign(), {"p1": number(vacant)}, memory=before, now=later)[1] == f"COMMERCE {text}"


def test_a_small_street_comes_back():
    before = {1: plan(sign(), {"p1": number(0, capacity=6)}).lines[0].memory}
    assert (
        shown(sign(), {"p1": number(3, capacity=6)}, memory=before, now=NOW + timedelta(minutes=2))[1] == "COMMERCE 3"
    )


def test_a_change_waits_for_the_dwell_and_the_dark_does_not():
    first = plan(sign(), {"p1": number(123)}).lines[0]
    soon = NOW + timedelta(seconds=59)
    held = plan(sign(), {"p1": number(122)}, memory={1: first.memory}, now=soon)
    assert (held.lines[0].line.value, held.lines[0].held, held.look_again_at) == (
        "123",
        True,
        NOW + timedelta(minutes=1),
    )
    assert shown(sign(), {"p1": number(None)}, memory={1: first.memory}, now=soon)[1] == ""
    then = NOW + timedelta(seconds=60)
    assert shown(sign(), {"p1": number(122)}, memory={1: first.memory}, now=then)[1] == "COMMERCE 122"


def test_what_does_not_fit_takes_a_shorter_form_and_is_never_cut():
    narrow = SignLimits(width_px=72, height_px=27, colour_scheme=1, default_font=1)
    of = sign(line(short_legends=("COM",)))
    assert shown(of, {"p1": number(0)}, limits=narrow)[1] == "COM COMPLET"
    assert shown(sign(), {"p1": number(0)}, limits=narrow)[1] == "COMMERCE 0"
    tiny = SignLimits(width_px=20, height_px=9, colour_scheme=1, default_font=1)
    found = plan(of, {"p1": number(0)}, limits=tiny)
    assert (found.lines[0].because, found.face.is_dark) == (DarkBecause.NO_FORM_FITS, True)
    assert found.faults


def test_a_printed_legend_lights_its_cell_alone():
    cell = Cell(x=73, y=1, width=24, height=7)
    printed = sign(line(legend="CITÉ DES CONGRÈS", is_printed=True, cell=cell))
    assert shown(printed, {"p1": number(1234, capacity=2000)})[1] == "1234"
    assert shown(printed, {"p1": number(0)})[1] == "0"


def test_an_override_goes_before_a_schedule_and_a_schedule_before_numbers():
    entry = ScheduleEntry(message=SignMessage.EVENT, since=time(13), until=time(15), weekdays=(1,))
    of = sign(schedule=(entry,))
    assert shown(of, {"p1": number(12)})[1] == "MANIFESTATION"
    order = Override(
        reason=OrderReason.INCIDENT, author="x", expires_at=NOW + timedelta(hours=1), lines={1: SignMessage.CLOSED}
    )
    assert shown(of, {"p1": number(12)}, override=order)[1] == "COMMERCE FERME"
    assert shown(of, {"p1": number(12)}, override=order, now=NOW + timedelta(hours=2))[1] == ""
    blank = Override(reason=OrderReason.INCIDENT, author="x", expires_at=NOW + timedelta(hours=1))
    assert shown(of, {"p1": number(12)}, override=blank) == (LineState.DARK, "", DarkBecause.ORDERED)


@pytest.mark.parametrize(
    ("entry", "holds"),
    [
        (ScheduleEntry(message=SignMessage.WORKS), True),
        (ScheduleEntry(message=SignMessage.WORKS, weekdays=(2,)), False),
        (ScheduleEntry(message=SignMessage.WORKS, since=time(13, 59), until=time(14, 1)), True),
        (ScheduleEntry(message=SignMessage.WORKS, since=time(12), until=time(14)), False),
        (ScheduleEntry(message=SignMessage.WORKS, since=time(22), until=time(15), weekdays=(7,)), True),
        (ScheduleEntry(message=SignMessage.WORKS, since=time(22), until=time(13), weekdays=(7,)), False),
        (ScheduleEntry(message=SignMessage.WORKS, first=date(2026, 5, 4), last=date(2026, 5, 4)), True),
        (ScheduleEntry(message=SignMessage.WORKS, first=date(2026, 5, 5)), False),
    ],
)
def test_a_schedule_reads_the_city_s_clock(entry, holds):
    text = shown(sign(schedule=(entry,)), {"p1": number(12)})[1]
    assert text == ("TRAVAUX" if holds else "COMMERCE 12")


def test_a_dated_entry_goes_before_a_weekday_s():
    entries = (
        ScheduleEntry(message=SignMessage.WORKS, weekdays=(1,)),
        ScheduleEntry(message=SignMessage.BLANK, first=date(2026, 5, 4)),
    )
    assert shown(sign(schedule=entries), {"p1": number(12)}) == (LineState.DARK, "", DarkBecause.SCHEDULED)


@pytest.mark.parametrize(
    ("now", "since", "until", "ends"),
    [
        ("2026-05-04T12:00Z", "13:00", "14:01", "2026-05-04T12:01Z"),
        ("2026-05-04T21:55Z", "23:00", "02:00", "2026-05-04T22:00Z"),
        ("2026-05-04T23:55Z", "23:00", "02:00", "2026-05-05T00:00Z"),
        ("2026-05-04T12:00Z", "00:00", "00:00", "2026-05-04T12:15Z"),
        ("2026-10-25T00:20Z", "02:00", "02:30", "2026-10-25T00:30Z"),
        ("2026-10-25T01:20Z", "02:00", "02:30", "2026-10-25T01:30Z"),  # the hour that autumn repeats
    ],
)
def test_a_scheduled_message_is_good_until_its_end(now, since, until, ends):
    entry = ScheduleEntry(message=SignMessage.WORKS, since=time.fromisoformat(since), until=time.fromisoformat(until))
    found = plan(sign(schedule=(entry,)), {"p1": number(12)}, now=datetime.fromisoformat(now))
    assert (found.lines[0].line.value, found.valid_until) == ("TRAVAUX", datetime.fromisoformat(ends))


def test_a_sign_out_of_service_is_dark_and_one_on_test_shows_orders_alone():
    order = Override(reason=OrderReason.TESTING, author="x", expires_at=NOW + timedelta(hours=1), test=True)
    out, on_test = (sign(mode=mode) for mode in (SignMode.OUT_OF_SERVICE, SignMode.ON_TEST))
    assert shown(out, {"p1": number(12)})[2] is DarkBecause.OUT_OF_SERVICE
    assert plan(out, {"p1": number(12)}, override=order).face.is_dark
    assert shown(on_test, {"p1": number(12)})[2] is DarkBecause.ON_TEST
    assert plan(on_test, {"p1": number(12)}, override=order).face.is_pattern


def test_failed_pixels_that_could_make_another_number_darken_the_line():
    good = plan(sign(), {"p1": number(188)})
    assert good.lines[0].line.value == "188"
    from parking.signs.multi.compose import compose
    from parking.signs.multi.raster import rasterise

    lit = rasterise(compose(sign(), LIMITS, good.face), LIMITS).lit
    rightmost = max(x for x, _ in lit)
    stuck = tuple((x, y, False) for x, y in lit if x >= rightmost - 4)
    assert shown(sign(), {"p1": number(188)}, stuck=stuck)[2] is DarkBecause.ILLEGIBLE


def test_a_plan_comes_back_from_its_decision():
    said = {"p1": number(0)}
    (first,) = plan(sign(), said).lines
    decision = decide_line(sign(), first, NOW, 7)
    assert (decision.subject, decision.valid_until) == ("sign:A12/1", NOW + timedelta(minutes=15))
    assert remember(decision) == first.memory
    assert shown_line(decision) == first.line
    (again,) = plan(sign(), said, memory={1: remember(decision)}, now=NOW + timedelta(seconds=5)).lines
    assert says_same(decision, again)
    assert again.memory == first.memory


def test_a_sign_writes_three_lines_at_most():
    with pytest.raises(InvalidSignError, match="3"):
        sign(*(line(number=n) for n in (1, 2, 3, 4)))


@pytest.mark.parametrize("before", [LineState.FULL, LineState.SPACES, LineState.DARK])
def test_what_may_be_much_more_is_not_full_though_it_was(before):
    memory = {1: LineMemory(before, "COMMERCE COMPLET", NOW - timedelta(hours=1))}
    wide = number(0, vacant_high=300, level=FillLevel.UNKNOWN)
    assert shown(sign(), {"p1": wide}, memory=memory) == (LineState.DARK, "", DarkBecause.UNKNOWN)
    few = number(3, vacant_high=300, level=FillLevel.UNKNOWN)
    assert shown(sign(), {"p1": few}, memory=memory)[1] == "COMMERCE 3"


def test_a_place_of_a_group_is_full_by_its_own_threshold_alone():
    """25 of one that is full at 10, 4 of one that is full at 20: there are 25, though the two thresholds make 30."""
    group = sign(line(legend="CENTRE", places=("p1", "p2")))
    said = {"p1": number(25), "p2": number(4, level=FillLevel.UNKNOWN)}
    places = {
        name: Place(tenant="t", id=name, name=name, capacity=400, full_at=full)
        for name, full in (("p1", 10), ("p2", 20))
    }
    assert shown(group, said, **places)[1] == "CENTRE 25"
    assert shown(group, said | {"p1": number(9, level=FillLevel.UNKNOWN)}, **places)[1] == "CENTRE COMPLET"


def test_almost_full_is_said_in_a_word_only_where_it_is_sure():
    worded = sign(line(rule={"almost_full_as_number": False}))
    assert shown(worded, {"p1": number(12)})[1] == "COMMERCE PRESQUE PLEIN"
    assert shown(worded, {"p1": number(12, vacant_high=300, level=FillLevel.UNKNOWN)})[1] == "COMMERCE 12"
    group = sign(line(legend="CENTRE", places=("p1", "p2"), rule={"almost_full_as_number": False}))
    assert shown(group, {"p1": number(12), "p2": number(95, level=FillLevel.UNKNOWN)})[1] == "CENTRE 107"


def test_a_clock_that_went_back_holds_nothing_up():
    later = {1: LineMemory(LineState.SPACES, "COMMERCE 123", NOW + timedelta(days=1))}
    assert shown(sign(), {"p1": number(122)}, memory=later)[1] == "COMMERCE 122"
