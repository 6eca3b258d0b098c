import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.signs.face import DARK, Face, FaceLine
from parking.signs.model import Sign, SignLimits
from parking.signs.multi.compose import compose
from parking.signs.multi.fit import fits
from parking.signs.multi.raster import rasterise, validate
from parking.signs.multi.tags import has_tag
from parking.signs.words import Arrow, InvalidSignError
from tests.parking.signs.multi.signs import CHARACTERS, LEGENDS, MATRIX, matrix_sign, printed_sign

TWO = matrix_sign("COMMERCE", "GRASLIN")
FACE = Face((FaceLine(1, "COMMERCE", "123"), FaceLine(2, "GRASLIN", "COMPLET", is_red=True)))
ALL_TAGS = ("cb", "cf", "cr", "fo", "jl", "jp", "nl", "np", "pb", "pt", "tr")


def limits_of(**more: object) -> SignLimits:
    return SignLimits(width_px=120, height_px=27, fonts={1: "F07"}, **more)  # type: ignore[arg-type]


def test_a_full_matrix_has_legends_at_the_left_and_values_at_the_right() -> None:
    assert compose(TWO, MATRIX, FACE) == "[fo1][jp3][jl2]COMMERCE[jl4]123[nl][jl2]GRASLIN[jl4]COMPLET"


def test_printed_legends_have_their_cells() -> None:
    face = Face((FaceLine(1, value="123"), FaceLine(2, value="45")))
    expected = "[fo1][jp3][tr73,1,24,7][jl4]123[tr73,11,24,7][jl4]45"
    assert compose(printed_sign("A", "B"), MATRIX, face) == expected
    assert compose(printed_sign("A", "B"), MATRIX, Face(face.lines[1:])) == "[fo1][jp3][tr73,11,24,7][jl4]45"


@pytest.mark.parametrize("scheme", [None, 1, 2])
def test_a_sign_of_one_colour_gets_no_colour(scheme: int | None) -> None:
    assert "[cf" not in compose(TWO, limits_of(colour_scheme=scheme, tags=ALL_TAGS), FACE)


def test_ten_colours_go_by_number_and_millions_by_light() -> None:
    ten = compose(TWO, limits_of(colour_scheme=3, tags=ALL_TAGS), FACE)
    assert ten.startswith("[pt30o0][pb0][fo1][jp3][cf9]")
    assert ten.endswith("[jl4][cf1]COMPLET[cf9]")
    full = compose(TWO, limits_of(colour_scheme=4, tags=ALL_TAGS), FACE)
    assert "[pb0,0,0]" in full
    assert full.endswith("[jl4][cf255,0,0]COMPLET[cf255,208,0]")
    assert "[cf" not in compose(TWO, limits_of(colour_scheme=4, tags=("fo", "jl", "jp", "nl")), FACE)


def test_both_brackets_are_doubled() -> None:
    face = Face((FaceLine(1, "P[1]", "2"),))
    multi = compose(matrix_sign("P[1]"), MATRIX, face)
    assert multi == "[fo1][jp3][jl2]P[[1]][jl4]2"
    assert validate(multi, MATRIX) is None


def test_what_does_not_fit_is_refused_and_never_cut() -> None:
    with pytest.raises(InvalidSignError, match="line 1: 'COMMERCE' '123' does not fit"):
        compose(TWO, SignLimits(width_px=71, height_px=27), FACE)


def test_a_dark_face_is_not_written() -> None:
    assert compose(TWO, MATRIX, DARK) == compose(TWO, MATRIX, Face((FaceLine(1), FaceLine(2)))) == ""


def test_a_dark_row_leaves_the_others_where_they_are() -> None:
    whole = rasterise(compose(TWO, MATRIX, FACE), MATRIX).lit
    one = rasterise(compose(TWO, MATRIX, Face((FACE.lines[0], FaceLine(2)))), MATRIX).lit
    other = rasterise(compose(TWO, MATRIX, Face(FACE.lines[1:])), MATRIX).lit
    assert one | other == whole
    assert not one & other


def test_rows_stand_closer_where_the_sign_is_low() -> None:
    low = SignLimits(width_px=120, height_px=15)
    assert "[nl1]" in compose(TWO, low, FACE)
    assert len({y for _, y in rasterise(compose(TWO, low, FACE), low).lit}) == 14


@pytest.mark.parametrize(
    ("arrow", "written"),
    [
        (Arrow.LEFT, "[jl2]< COMMERCE[jl4]12"),
        (Arrow.AHEAD, "[jl2]^ COMMERCE[jl4]12"),
        (Arrow.RIGHT, "[jl2]COMMERCE[jl4]12 >"),
    ],
)
def test_an_arrow_stands_at_the_side_that_it_points_to(arrow: Arrow, written: str) -> None:
    assert compose(TWO, MATRIX, Face((FaceLine(1, "COMMERCE", "12", arrow),))).endswith(f"[jp3]{written}[nl] ")


def test_a_painted_legend_has_its_arrow_painted() -> None:
    multi = compose(printed_sign("A"), MATRIX, Face((FaceLine(1, value="12", arrow=Arrow.LEFT),)))
    assert multi.endswith("[jl4]12")


def test_a_message_without_legend_stands_in_the_middle() -> None:
    assert compose(matrix_sign("A"), MATRIX, Face((FaceLine(1, value="FERME"),))) == "[fo1][jp3][jl3]FERME"


def test_a_sign_that_knows_few_tags_gets_no_others() -> None:
    limits = limits_of(tags=("nl",), default_font=1)
    assert compose(TWO, limits, FACE) == "COMMERCE 123[nl]GRASLIN COMPLET"
    assert validate(compose(TWO, limits, FACE), limits) is None


@pytest.mark.parametrize(
    "limits", [MATRIX, CHARACTERS, limits_of(tags=ALL_TAGS), limits_of(tags=ALL_TAGS, colour_scheme=4)]
)
def test_a_pattern_is_what_the_sign_can_light(limits: SignLimits) -> None:
    multi = compose(TWO, limits, Face(is_pattern=True))
    lit = rasterise(multi, limits).lit
    if "[cr" in multi:
        assert len(lit) == 120 * 27
    else:
        assert set(multi.replace("[nl]", "").split("]")[-1]) == {"8"}
        assert len(lit) > (limits.width_px or 0) * (limits.height_px or 0) / 5


@pytest.mark.parametrize(
    "limits",
    [
        SignLimits(),
        SignLimits(width_px=60, height_px=5),
        SignLimits(width_px=60, height_px=21, char_width_px=3, char_height_px=7),
    ],
)
def test_a_sign_that_no_font_is_small_enough_for_has_no_pattern(limits: SignLimits) -> None:
    with pytest.raises(InvalidSignError, match="pattern"):
        compose(TWO, limits, Face(is_pattern=True))
    assert not fits(TWO, limits, FACE.lines[0])


VALUES = st.one_of(st.integers(0, 9999).map(str), st.sampled_from(("COMPLET", "FERME", "LIBRE", "ABONNES", "")))
LINES = st.tuples(st.sampled_from((*LEGENDS, "")), VALUES, st.sampled_from((None, *Arrow)), st.booleans())
SIGNS = st.sampled_from(
    (matrix_sign(*LEGENDS), matrix_sign(*LEGENDS[:2]), printed_sign(*LEGENDS), printed_sign("A", width=44))
)
LIMITS = st.builds(
    SignLimits,
    width_px=st.sampled_from((96, 120, 144, 200)),
    height_px=st.sampled_from((7, 16, 27, 30, 48)),
    colour_scheme=st.sampled_from((None, 1, 2, 3, 4)),
    tags=st.one_of(st.none(), st.sets(st.sampled_from(ALL_TAGS)).map(lambda tags: tuple(sorted(tags)))),
    fonts=st.sampled_from(({}, {1: "F07"}, {3: "F08"}, {2: "Maker", 7: "F07-C"})),
    max_multi_bytes=st.sampled_from((None, 100, 255, 1500)),
    max_pages=st.sampled_from((None, 1, 3)),
)


@given(sign=SIGNS, limits=LIMITS, texts=st.lists(LINES, min_size=1, max_size=3))
def test_whatever_fits_line_by_line_is_a_message_that_the_sign_takes(
    sign: Sign, limits: SignLimits, texts: list[tuple[str, str, Arrow | None, bool]]
) -> None:
    lines = (FaceLine(at, *text) for at, text in enumerate(texts, 1))
    fitting = tuple(line for line in lines if fits(sign, limits, line))
    multi = compose(sign, limits, Face(fitting))
    assert validate(multi, limits) is None
    assert limits.max_multi_bytes is None or len(multi) <= limits.max_multi_bytes


@given(value=VALUES, limits=LIMITS.filter(lambda limits: has_tag(limits, "jl")), legend=st.sampled_from(LEGENDS))
def test_legend_and_value_never_run_into_one_another(value: str, limits: SignLimits, legend: str) -> None:
    sign, line = matrix_sign(legend), FaceLine(1, legend, value)
    if fits(sign, limits, line):

        def lit(some: FaceLine) -> frozenset[tuple[int, int]]:
            return rasterise(compose(sign, limits, Face((some,))), limits).lit

        whole, alone = lit(line), lit(line._replace(value=""))
        assert alone <= whole
        assert all(x > max(at for at, _ in alone) for x, _ in whole - alone)
