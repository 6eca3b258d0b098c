import io

import msgspec
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateways.signs.panel import panel_of
from gateways.signs.pictures import find_panel, png_of, svg_of
from parking.signs.face import DARK, Face, FaceLine
from parking.signs.model import Sign, SignLimits
from parking.signs.multi.compose import compose
from parking.signs.multi.raster import rasterise
from parking.signs.words import Arrow, SignProtocol
from tests.parking.signs.multi.signs import MATRIX, matrix_sign, printed_sign, tedi_sign

AMBER = (255, 208, 0)
WRITTEN = matrix_sign("COMMERCE", "GRASLIN")
FACE = Face((FaceLine(1, "COMMERCE", "123"), FaceLine(2, "GRASLIN", "COMPLET")))


def arrowed(sign: Sign) -> Sign:
    lines = tuple(msgspec.structs.replace(line, arrow=arrow) for line, arrow in zip(sign.lines, Arrow, strict=True))
    return msgspec.structs.replace(sign, lines=lines)


PRINTED = arrowed(printed_sign("Commerce", "Graslin", "Cité des Congrès", width=44))
WIDE = SignLimits(width_px=116, height_px=27, fonts={1: "F07"})


def lit(sign: Sign, limits: SignLimits, shown: str | Face, **more: object) -> int:
    return sum(lamp.colour is not None for lamp in panel_of(sign, limits, shown, **more).lamps)  # type: ignore[arg-type]


def amber_in(png: bytes) -> int:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return sum(count for count, colour in image.getcolors(image.width * image.height) or [] if colour == AMBER)


def test_a_driver_sees_as_many_lamps_as_the_message_lights() -> None:
    expected = len(rasterise(compose(WRITTEN, MATRIX, FACE), MATRIX).lit)
    assert lit(WRITTEN, MATRIX, FACE) == lit(WRITTEN, MATRIX, compose(WRITTEN, MATRIX, FACE)) == expected


def test_a_face_is_amber_and_a_dark_one_has_nothing_lit() -> None:
    assert amber_in(png_of(WRITTEN, MATRIX, FACE)) > 1000
    assert amber_in(png_of(WRITTEN, MATRIX, DARK)) == 0
    assert "#ffd000" in svg_of(WRITTEN, MATRIX, FACE)
    assert "#ffd000" not in svg_of(WRITTEN, MATRIX, DARK)
    assert "#332c14" in svg_of(WRITTEN, MATRIX, DARK), "the lamps can be seen"


def test_the_text_beside_it_is_french_first_and_then_english() -> None:
    root = ElementTree.fromstring(svg_of(PRINTED, WIDE, Face((FaceLine(1, value="88"),))))
    title, text = root[0], root[1]
    assert (title.tag.rpartition("}")[2], title.text) == ("title", "Panneau Gare")
    assert text.text == "Le panneau affiche\u00a0: Commerce 88. The sign shows: Commerce 88."
    dark = ElementTree.fromstring(svg_of(PRINTED, WIDE, DARK))
    assert dark[1].text == "Le panneau est éteint. The sign is dark."


def test_names_and_legends_cannot_break_the_picture() -> None:
    sign = msgspec.structs.replace(printed_sign('A<b>&"', width=24), name='Gare <Nord> & "Sud"')
    root = ElementTree.fromstring(svg_of(sign, MATRIX, "[fo1]<&>"))
    assert root[0].text == 'Panneau Gare <Nord> & "Sud"'
    assert png_of(sign, MATRIX, DARK)


def test_painted_legends_stand_before_their_cells_and_arrows_point() -> None:
    panel = panel_of(PRINTED, WIDE, DARK)
    assert [label.text for label in panel.labels] == ["Commerce", "Graslin", "Cité des Congrès"]
    assert all(label.x + label.width < window.x for label, window in zip(panel.labels, panel.windows, strict=True))
    assert [arrow.way for arrow in panel.arrows] == list(Arrow)
    assert all(0 < arrow.x < panel.width for arrow in panel.arrows)
    assert len(panel.lamps) == 3 * 44 * 7, "there are no lamps under paint"


def test_failed_lamps_are_seen_as_they_are() -> None:
    shown = Face((FaceLine(1, value="8"),))
    x, y = min(rasterise(compose(PRINTED, WIDE, shown), WIDE).lit)
    assert lit(PRINTED, WIDE, shown, stuck=[(x, y, False)]) == lit(PRINTED, WIDE, shown) - 1
    assert lit(PRINTED, WIDE, DARK, stuck=[(x, y, True)]) == 1


def test_a_sign_that_counts_characters_has_cells_of_lamps() -> None:
    sign = tedi_sign("COMMERCE", "GRASLIN")
    assert len(panel_of(sign, SignLimits(), FACE).lamps) == 2 * 16 * 35
    assert amber_in(png_of(sign, SignLimits(), FACE)) > 1000
    printed = msgspec.structs.replace(PRINTED, protocol=sign.protocol)
    assert lit(printed, SignLimits(), Face((FaceLine(1, value="45"),))) > 10


@pytest.mark.parametrize("shown", ["[fl]AB", "Complet", Face((FaceLine(1, "COMMERCE" * 3, "1"),))])
def test_what_cannot_be_drawn_is_a_question_and_no_guess(shown: str | Face) -> None:
    assert find_panel(WRITTEN, MATRIX, shown) is None
    root = ElementTree.fromstring(svg_of(WRITTEN, MATRIX, shown))
    assert root[-1].text == "?"
    assert "ne peut pas être dessiné" in (root[1].text or "")
    assert amber_in(png_of(WRITTEN, MATRIX, shown)) == 0


def test_a_pattern_lights_everything() -> None:
    limits = SignLimits(width_px=60, height_px=20, tags=("cr",))
    assert lit(matrix_sign("A"), limits, Face(is_pattern=True)) == 1200
    assert "mire" in svg_of(matrix_sign("A"), limits, Face(is_pattern=True))


def test_a_sign_that_lies_about_its_size_is_drawn_in_characters() -> None:
    assert len(panel_of(WRITTEN, SignLimits(width_px=65535, height_px=65535), DARK).lamps) == 2 * 16 * 35


def test_a_png_is_as_wide_as_asked() -> None:
    image = Image.open(io.BytesIO(png_of(PRINTED, WIDE, DARK, width=320)))
    assert (image.format, image.width) == ("PNG", 320)


DOTS = st.lists(st.tuples(st.integers(-5, 130), st.integers(-5, 40), st.booleans()), max_size=9)


@given(shown=st.text(alphabet="[]/cfjlnotr012,AB é\x01\n", max_size=25), stuck=DOTS)
def test_whatever_a_sign_answers_there_is_a_picture(shown: str, stuck: list[tuple[int, int, bool]]) -> None:
    assert ElementTree.fromstring(svg_of(WRITTEN, MATRIX, shown, stuck)) is not None
    assert ElementTree.fromstring(svg_of(WRITTEN, SignLimits(), shown, stuck)) is not None


def test_a_sign_that_others_display_is_as_long_as_its_text() -> None:
    sign = msgspec.structs.replace(WRITTEN, protocol=SignProtocol.DATEX, address=None)
    assert lit(sign, SignLimits(), Face((FaceLine(1, "CITE DES CONGRES", "COMPLET"),))) > 100
