import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.signs.model import SignLimits
from parking.signs.multi.raster import list_pages, rasterise, validate
from parking.signs.multi.tags import MultiError, MultiFault
from parking.signs.words import InvalidSignError
from tests.parking.signs.multi.signs import CHARACTERS, MATRIX

SMALL = SignLimits(width_px=60, height_px=30, fonts={7: "F07", 8: "F08"}, default_font=8, colour_scheme=4)


@pytest.mark.parametrize(
    ("multi", "code", "offset"),
    [
        ("AB]C", MultiFault.UNSUPPORTED_TAG, 2),
        ("AB[C", MultiFault.UNSUPPORTED_TAG, 2),
        ("A[xx]", MultiFault.UNSUPPORTED_TAG, 1),
        ("[fl]A[/fl]", MultiFault.UNSUPPORTED_TAG, 0),
        ("[f1]", MultiFault.UNSUPPORTED_TAG, 0),
        ("[jl5]A", MultiFault.UNSUPPORTED_TAG_VALUE, 0),
        ("[jp1]A", MultiFault.UNSUPPORTED_TAG_VALUE, 0),
        ("A[cf77]", MultiFault.UNSUPPORTED_TAG_VALUE, 1),
        ("[cf1,2]A", MultiFault.UNSUPPORTED_TAG_VALUE, 0),
        ("[tr0,1,2,2]A", MultiFault.UNSUPPORTED_TAG_VALUE, 0),
        ("[tr50,1,20,7]A", MultiFault.UNSUPPORTED_TAG_VALUE, 0),
        ("COMMERCE COMMERCE", MultiFault.TEXT_TOO_BIG, 0),
        ("A[nl]B[nl]C[nl]D", MultiFault.TEXT_TOO_BIG, 0),
        ("[fo3]A", MultiFault.FONT_NOT_DEFINED, 5),
        ("[fo7,1234]A", MultiFault.FONT_VERSION_ID, 10),
        ("Complet", MultiFault.CHARACTER_NOT_DEFINED, 1),
        ("FERM\u00c9", MultiFault.CHARACTER_NOT_DEFINED, 4),
        ("駐", MultiFault.OTHER, 0),
        ("[jl4]A[jl2]B", MultiFault.TAG_CONFLICT, 11),
        ("[jp4]A[jp2]B", MultiFault.TAG_CONFLICT, 11),
    ],
)
def test_what_is_wrong_has_the_standards_name_and_its_place(multi: str, code: MultiFault, offset: int) -> None:
    error = validate(multi, SMALL)
    assert isinstance(error, MultiError)
    assert (error.code, error.offset) == (code, offset)
    with pytest.raises(MultiError):
        rasterise(multi, SMALL)


def test_a_sign_refuses_what_it_said_that_it_cannot() -> None:
    limits = SignLimits(width_px=60, height_px=30, tags=("nl",), max_pages=1, max_multi_bytes=9)
    assert str(validate("[jl2]A", limits)) == "MULTI, at 0: this sign takes no [jl] (unsupported tag)"
    assert validate("A[nl]B", limits) is None
    assert validate("A" * 10, limits) is not None
    pages = validate("A[np]B", SignLimits(width_px=60, height_px=30, max_pages=1))
    assert pages is not None
    assert pages.code is MultiFault.TOO_MANY_PAGES


@pytest.mark.parametrize(("scheme", "fine"), [(1, False), (2, True), (3, True), (4, True)])
def test_amber_by_number_is_an_error_on_a_sign_of_one_bit(scheme: int, fine: bool) -> None:
    error = validate("[cf9]A", SignLimits(width_px=60, height_px=30, colour_scheme=scheme))
    assert (error is None) is fine


def test_colour_one_is_nearly_dark_where_there_are_255_of_them() -> None:
    pixels = rasterise("[cf1]A", SignLimits(width_px=60, height_px=30, colour_scheme=2)).pixels
    assert max(max(rgb) for rgb in pixels.values()) == 1


@pytest.mark.parametrize(
    ("multi", "dot"),
    [
        ("[jp2][jl2].", (1, 8)),
        ("[jp2][jl3].", (30, 8)),
        ("[jp2][jl4].", (59, 8)),
        ("[jp3][jl2].", (1, 19)),
        ("[jp4][jl2].", (1, 30)),
        ("[jp2][jl2][nl].", (1, 18)),
        ("[jp2][jl2][nl1].", (1, 17)),
        ("[tr2,2,10,10][jp2][jl2].", (2, 9)),
    ],
)
def test_a_dot_stands_where_the_standard_puts_it(multi: str, dot: tuple[int, int]) -> None:
    lit = rasterise(multi, SMALL).lit
    assert min(lit) == dot or dot in lit
    assert len(lit) <= 2


def test_a_message_may_name_the_drawing_of_its_font() -> None:
    assert validate("[fo7,2E3A]A[fo8,28eb]B", SMALL) is None
    assert validate("[fo1,B62F]A", SignLimits(width_px=60, height_px=30, fonts={1: "Maker"})) is None, "not known here"


def test_pages_follow_one_another() -> None:
    one, two = list_pages("[pt30o0]A[np]B", SMALL)
    assert (one.lit, two.lit) == (rasterise("A", SMALL).lit, rasterise("B", SMALL).lit)
    assert rasterise("", SMALL).lit == frozenset()


def test_characters_in_cells_have_no_distance_between_lines() -> None:
    assert len({y for _, y in rasterise("8[nl]8[nl]8", CHARACTERS).lit}) == 21
    error = validate("8[nl1]8", CHARACTERS)
    assert error is not None
    assert error.code is MultiFault.UNSUPPORTED_TAG_VALUE


@pytest.mark.parametrize("limits", [SignLimits(), SignLimits(width_px=65535, height_px=65535)])
def test_a_sign_without_size_has_no_picture(limits: SignLimits) -> None:
    with pytest.raises(InvalidSignError):
        rasterise("[cr1,1,0,0,1]", limits)


def test_a_message_of_very_many_texts_is_refused_at_once() -> None:
    error = validate("[[" * 30_000, SMALL)
    assert error is not None
    assert error.code is MultiFault.TEXT_TOO_BIG


@given(st.text(alphabet="[]/abcfjlnoprtx0123456789,AB \u00e9駐\n", max_size=40))
def test_whatever_comes_is_drawn_or_refused_by_name(multi: str) -> None:
    error = validate(multi, MATRIX)
    assert error is None or 0 <= error.offset <= len(multi)
