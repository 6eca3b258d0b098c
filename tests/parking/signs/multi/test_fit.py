import msgspec
import pytest

from parking.signs.face import Face, FaceLine
from parking.signs.model import Cell, SignLimits
from parking.signs.multi.compose import compose
from parking.signs.multi.fit import fits, folded
from parking.signs.multi.font import FONTS, font_of
from parking.signs.multi.font_id import version_id
from parking.signs.words import Arrow, SignProtocol
from tests.parking.signs.multi.signs import CHARACTERS, MATRIX, matrix_sign, printed_sign, tedi_sign

F07 = FONTS["F07"]


@pytest.mark.parametrize(
    ("text", "columns"), [("COMMERCE", 52), ("CITE DES CONGRES", 89), ("COMPLET", 44), ("FERME", 31), ("123", 15)]
)
def test_a_text_is_as_wide_as_its_pixels(text: str, columns: int) -> None:
    assert F07.width_of(text) == columns
    assert max(x for x, _ in F07.pixels_of(text)) < columns


def test_the_table_is_the_font_that_its_version_id_names() -> None:
    """NTCIP 1203's fontVersionId over the table, for F07 under number 7, as the note gives it: 2E3A; F08's is 28EB."""
    assert version_id(7, F07) == 0x2E3A
    assert version_id(8, FONTS["F08"]) == 0x28EB


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Cité des Congrès", "CITE DES CONGRES"),
        ("FERMÉ", "FERME"),
        ("Sœurs", "SOEURS"),
        ("l’Île – 2", "L'ILE - 2"),
        ("Decré\u00a0Bouffay", "DECRE BOUFFAY"),
        ("a[b]", "A[B]"),
        ("駐車場", None),
        ("{|}~", None),
        ("a\nb", None),
    ],
)
def test_a_text_is_folded_into_what_the_font_has(said: str, shown: str | None) -> None:
    assert folded(matrix_sign("COMMERCE"), MATRIX, said) == shown


def test_tedi_has_no_way_to_say_a_quote() -> None:
    assert folded(tedi_sign("A"), SignLimits(), 'Le "Quai"') is None
    assert folded(matrix_sign("A"), MATRIX, 'Le "Quai"') == 'LE "QUAI"'


@pytest.mark.parametrize(("width", "has_room"), [(72, True), (71, False)])
def test_legend_and_value_are_a_space_apart(width: int, has_room: bool) -> None:
    limits = SignLimits(width_px=width, height_px=7)
    assert fits(matrix_sign("COMMERCE"), limits, FaceLine(1, "COMMERCE", "123")) is has_room


def test_an_arrow_needs_room_too() -> None:
    limits = SignLimits(width_px=75, height_px=7)
    assert fits(matrix_sign("COMMERCE"), limits, FaceLine(1, "COMMERCE", "123"))
    assert not fits(matrix_sign("COMMERCE"), limits, FaceLine(1, "COMMERCE", "123", Arrow.LEFT))


def test_a_cell_counts_pixels_and_where_it_says_so_characters() -> None:
    assert fits(printed_sign("A"), MATRIX, FaceLine(1, value="1234"))
    assert not fits(printed_sign("A"), MATRIX, FaceLine(1, value="COMPLET"))
    assert fits(printed_sign("A", width=44), MATRIX, FaceLine(1, value="COMPLET"))
    assert not fits(printed_sign("A", width=44, characters=6), MATRIX, FaceLine(1, value="COMPLET"))


def test_characters_in_cells_are_counted_by_their_cells() -> None:
    assert fits(matrix_sign("COMMERCE"), CHARACTERS, FaceLine(1, "COMMERCE", "COMPLET"))
    assert not fits(matrix_sign("COMMERCE"), CHARACTERS, FaceLine(1, "COMMERCES", "COMPLET"))


def test_two_lines_in_one_place_are_neither() -> None:
    sign = printed_sign("A", "B", "C")
    lines = [*sign.lines[:2], msgspec.structs.replace(sign.lines[2], cell=Cell(x=90, y=15, width=24, height=7))]
    over = msgspec.structs.replace(sign, lines=tuple(lines))
    assert [fits(over, MATRIX, FaceLine(at, value="1")) for at in (1, 2, 3)] == [True, False, False]
    mixed = msgspec.structs.replace(over, lines=(*over.lines[:2], msgspec.structs.replace(lines[2], cell=None)))
    assert [fits(mixed, MATRIX, FaceLine(at, value="1")) for at in (1, 2, 3)] == [True, False, False]


def test_tedi_counts_characters() -> None:
    assert fits(tedi_sign("A"), SignLimits(), FaceLine(1, "COMMERCE", "COMPLET"))
    assert not fits(tedi_sign("A"), SignLimits(), FaceLine(1, "COMMERCES", "COMPLET"))


def test_a_tedi_cell_has_no_more_characters_than_its_pixels_allow() -> None:
    sign = msgspec.structs.replace(printed_sign("A"), protocol=SignProtocol.TEDI)
    assert fits(sign, SignLimits(), FaceLine(1, value="1234"))
    assert not fits(sign, SignLimits(), FaceLine(1, value="COMPLET"))


def test_a_text_that_others_display_is_as_long_as_it_is() -> None:
    sign = msgspec.structs.replace(matrix_sign("A"), protocol=SignProtocol.DATEX)
    assert fits(sign, SignLimits(), FaceLine(1, "CITE DES CONGRES", "COMPLET"))


def test_what_is_not_known_fits_nothing() -> None:
    line = FaceLine(1, "COMMERCE", "1")
    assert not fits(matrix_sign("COMMERCE"), SignLimits(), line), "it has not said its size"
    assert not fits(matrix_sign("COMMERCE"), MATRIX, line._replace(number=2)), "there is no line 2"
    assert not fits(matrix_sign("COMMERCE"), MATRIX, FaceLine(1, "Commerce", "1")), "not folded"
    assert not fits(printed_sign("A"), SignLimits(width_px=96, height_px=27, tags=("jl",)), FaceLine(1, value="1"))


def test_a_row_that_the_sign_is_too_low_for_has_no_room() -> None:
    sign, low = matrix_sign("A", "B", "C"), SignLimits(width_px=60, height_px=16)
    assert [fits(sign, low, FaceLine(at, "A", "1")) for at in (1, 2, 3)] == [True, True, False]


def test_each_line_has_its_share_of_the_bytes() -> None:
    limits = SignLimits(width_px=120, height_px=27, max_multi_bytes=120)
    assert fits(matrix_sign("A", "B"), limits, FaceLine(1, "COMMERCE", "123"))
    low = SignLimits(width_px=120, height_px=27, max_multi_bytes=80)
    assert fits(matrix_sign("A", "B"), low, FaceLine(1, "COMMERCE", "123"))
    assert not fits(matrix_sign("A", "B", "C"), low, FaceLine(1, "COMMERCE", "123"))


def test_eight_cells_have_room_in_255_bytes() -> None:
    cells = (Cell(x=73, y=1 + 8 * at, width=44, height=7) for at in range(8))
    lines = (
        msgspec.structs.replace(printed_sign("A").lines[0], number=at, cell=cell) for at, cell in enumerate(cells, 1)
    )
    sign = msgspec.structs.replace(printed_sign("A"), lines=tuple(lines))
    limits = SignLimits(width_px=120, height_px=64, max_multi_bytes=255)
    face = Face(tuple(FaceLine(at, value="COMPLET") for at in range(1, 9)))
    assert all(fits(sign, limits, line) for line in face.lines)
    assert len(compose(sign, limits, face)) <= 255


@pytest.mark.parametrize(("width", "height"), [(0, 0), (65535, 65535), (-1, 20)])
def test_a_size_that_no_sign_has_is_none(width: int, height: int) -> None:
    limits = SignLimits(width_px=width, height_px=height)
    assert not fits(matrix_sign("COMMERCE"), limits, FaceLine(1, "COMMERCE", "1"))


def test_no_font_has_the_number_0() -> None:
    assert font_of(matrix_sign("A", font=0), SignLimits(default_font=0))[0] == 1
    assert font_of(matrix_sign("A", font=300), SignLimits(fonts={0: "F08", 4: "F07"}, default_font=0))[0] == 4


def test_the_font_is_the_signs_choice_then_one_that_is_known_then_its_default() -> None:
    fonts = {2: "Maker 7x5", 3: "f08", 4: "F07"}
    limits = SignLimits(width_px=100, height_px=20, fonts=fonts, default_font=2)
    assert font_of(matrix_sign("A", font=4), limits)[0] == 4
    assert font_of(matrix_sign("A", font=9), limits)[0] == 3, "it has no font 9; F08 is known here"
    assert font_of(matrix_sign("A"), SignLimits(fonts={2: "Maker 7x5"}, default_font=2))[0] == 2
    assert font_of(matrix_sign("A", font=4), SignLimits(tags=("jl",), fonts=fonts, default_font=3)) == (3, FONTS["F08"])
