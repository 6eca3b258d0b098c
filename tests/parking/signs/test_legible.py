import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.signs.face import Face, FaceLine
from parking.signs.legible import find_illegible
from parking.signs.model import Sign, SignLimits
from parking.signs.multi.compose import compose
from parking.signs.multi.fit import fits
from parking.signs.multi.raster import rasterise
from parking.signs.words import Arrow
from tests.parking.signs.multi.signs import CHARACTERS, MATRIX, matrix_sign, printed_sign, tedi_sign

Pixels = frozenset[tuple[int, int]]
PRINTED = printed_sign("A", "B")
WRITTEN = matrix_sign("COMMERCE", "GRASLIN")


def lit(sign: Sign, limits: SignLimits, *lines: FaceLine) -> Pixels:
    return rasterise(compose(sign, limits, Face(lines)), limits).lit


def turned(sign: Sign, limits: SignLimits, one: FaceLine, other: FaceLine) -> list[tuple[int, int, bool]]:
    """The failures that make one line look like another, pixel for pixel."""
    before, after = lit(sign, limits, one), lit(sign, limits, other)
    return [(x, y, True) for x, y in after - before] + [(x, y, False) for x, y in before - after]


def test_an_8_with_a_dark_corner_is_a_6() -> None:
    """What an 8 lights and a 6 does not has failed: the 8 is lost, and the 6 stands there as it should."""
    limits = SignLimits(width_px=96, height_px=27, fonts={5: "F07-C"})
    eight, six = FaceLine(1, value="8"), FaceLine(1, value="6")
    apart = lit(PRINTED, limits, eight) - lit(PRINTED, limits, six)
    assert find_illegible(PRINTED, limits, Face((eight,)), [(x, y, False) for x, y in apart]) == (1,)
    assert find_illegible(PRINTED, limits, Face((six,)), [(x, y, False) for x, y in apart]) == ()


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("8", "6"),
        ("0", "8"),
        ("1", "7"),
        ("7", "1"),
        ("123", "23"),
        ("23", "123"),
        ("108", "188"),
        ("3", "8"),
        ("8", "0"),
    ],
)
@pytest.mark.parametrize("font", ["F07", "F07-C"])
def test_what_looks_like_another_number_is_illegible(said: str, read: str, font: str) -> None:
    limits = SignLimits(width_px=96, height_px=27, fonts={1: font})
    one, other = FaceLine(2, value=said), FaceLine(2, value=read)
    assert find_illegible(PRINTED, limits, Face((one,)), turned(PRINTED, limits, one, other)) == (2,)


def test_one_dot_of_many_does_not_make_a_number_another() -> None:
    x, y = min(lit(PRINTED, MATRIX, FaceLine(1, value="5")))
    assert find_illegible(PRINTED, MATRIX, Face((FaceLine(1, value="1234"),)), [(x, y, False)]) == ()


def test_only_the_line_that_they_stand_in_is_concerned() -> None:
    face = Face((FaceLine(1, value="8"), FaceLine(2, value="8")))
    failed = turned(PRINTED, MATRIX, face.lines[1], FaceLine(2, value="6"))
    assert find_illegible(PRINTED, MATRIX, face, failed) == (2,)


def test_a_legend_that_has_lost_a_dot_is_still_itself() -> None:
    dots = [min(lit(WRITTEN, MATRIX, FaceLine(1, "COMMERCE")))]
    assert find_illegible(WRITTEN, MATRIX, Face((FaceLine(1, "COMMERCE", "88"),)), [(*dots[0], False)]) == ()


@pytest.mark.parametrize("arrow", [None, *Arrow])
def test_a_legend_that_looks_like_another_car_parks_sends_people_there(arrow: Arrow | None) -> None:
    sign = matrix_sign("P3", "P8")
    one, other = FaceLine(1, "P3", "12", arrow), FaceLine(1, "P8", "12", arrow)
    assert find_illegible(sign, MATRIX, Face((one,)), turned(sign, MATRIX, one, other)) == (1,)
    alone = matrix_sign("P3")
    assert find_illegible(alone, MATRIX, Face((one,)), turned(alone, MATRIX, one, other)) == (), "there is no P8"


def test_a_line_that_does_not_fit_or_has_no_side_is_not_judged() -> None:
    dots = [(x, y, True) for x in range(1, 121) for y in range(1, 28)]
    assert find_illegible(PRINTED, MATRIX, Face((FaceLine(1, value="COMPLET"), FaceLine(9, value="1"))), dots) == ()
    assert (
        find_illegible(
            WRITTEN, SignLimits(width_px=120, height_px=27, tags=("nl",)), Face((FaceLine(1, "A", "1"),)), dots
        )
        == ()
    )


def test_a_cell_that_is_dead_says_nothing_that_can_be_read() -> None:
    dead = [(x, y, False) for x in range(1, 97) for y in range(1, 28)]
    assert find_illegible(PRINTED, MATRIX, Face((FaceLine(1, value="123"),)), dead) == (1,)


def test_where_pixels_are_not_known_nothing_is_said() -> None:
    face = Face((FaceLine(1, value="8"),))
    assert find_illegible(tedi_sign("A"), SignLimits(), face, [(1, 1, True)]) == ()
    assert find_illegible(PRINTED, SignLimits(), face, [(1, 1, True)]) == ()
    assert find_illegible(PRINTED, MATRIX, Face(), [(1, 1, True)]) == ()


CASES = st.sampled_from(
    ((PRINTED, MATRIX, ""), (WRITTEN, MATRIX, "COMMERCE"), (WRITTEN, CHARACTERS, "NORD"), (WRITTEN, MATRIX, ""))
)
VALUES = st.one_of(st.integers(0, 9999).map(str), st.sampled_from(("COMPLET", "FERME", "LIBRE")))
ARROWS = st.sampled_from((None, *Arrow))
DOTS = st.lists(st.tuples(st.integers(1, 120), st.integers(1, 12), st.booleans()), max_size=40)


@given(case=CASES, said=VALUES, read=VALUES, arrow=ARROWS)
def test_a_line_that_looks_like_another_pixel_for_pixel_is_always_found(
    case: tuple[Sign, SignLimits, str], said: str, read: str, arrow: Arrow | None
) -> None:
    sign, limits, legend = case
    one, other = FaceLine(1, legend, said, arrow), FaceLine(1, legend, read, arrow)
    if said != read and fits(sign, limits, one) and fits(sign, limits, other):
        assert find_illegible(sign, limits, Face((one,)), turned(sign, limits, one, other)) == (1,)


@given(case=CASES, said=VALUES, arrow=ARROWS, dots=DOTS)
def test_what_failed_pixels_leave_as_it_is_can_be_read(
    case: tuple[Sign, SignLimits, str], said: str, arrow: Arrow | None, dots: list[tuple[int, int, bool]]
) -> None:
    sign, limits, legend = case
    line = FaceLine(1, legend, said, arrow)
    if fits(sign, limits, line):
        shown = lit(sign, limits, line)
        harmless = [(x, y, (x, y) in shown) for x, y, _ in dots]
        assert find_illegible(sign, limits, Face((line,)), harmless) == ()


@given(case=CASES, said=VALUES, dots=DOTS, more=DOTS, order=st.randoms())
def test_more_failures_never_make_it_legible_and_their_order_is_no_matter(
    case: tuple[Sign, SignLimits, str],
    said: str,
    dots: list[tuple[int, int, bool]],
    more: list[tuple[int, int, bool]],
    order: object,
) -> None:
    sign, limits, legend = case
    line = FaceLine(1, legend, said)
    if fits(sign, limits, line):
        face = Face((line,))
        few, all_of_them = find_illegible(sign, limits, face, dots), [*dots, *more]
        many = find_illegible(sign, limits, face, all_of_them)
        assert set(few) <= set(many)
        order.shuffle(all_of_them)  # type: ignore[attr-defined]
        assert find_illegible(sign, limits, face, all_of_them * 2) == many
