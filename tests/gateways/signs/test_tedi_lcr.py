from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.signs.driver import SignRefusedError
from gateways.signs.tedi import lcr
from gateways.signs.tedi.faces import describe_difference, modules_of
from gateways.signs.tedi.lcr import ModuleText
from parking.signs.face import DARK, Face, FaceLine
from parking.signs.model import Cell, Sign, SignLine, TediOptions
from parking.signs.words import Arrow, InvalidSignError, SignProtocol

SAYABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"'), min_size=1, max_size=16)


def sign(*lines: SignLine, **options: object) -> Sign:
    if not lines:
        lines = (
            SignLine(number=1, legend="COMMERCE", places=("a",)),
            SignLine(number=2, legend="GRASLIN", places=("b",)),
        )
    tedi = TediOptions(**options)  # type: ignore[arg-type]
    return Sign(tenant="t1", id="T", name="T", protocol=SignProtocol.TEDI, address="h:1", lines=lines, tedi=tedi)


FACE = Face((FaceLine(1, "COMMERCE", "123"), FaceLine(2, "GRASLIN", "COMPLET")))


def test_a_face_is_said_as_the_note_says_it() -> None:
    said = lcr.say_display(modules_of(sign(), FACE), 16, 0, "CG44/secret", has_pa=False)
    assert said == ('P ID=CG44/secret AM=1 AF="COMMERCE     123" CL=0 DV=0 AM=2 AF="GRASLIN  COMPLET" CL=0 DV=0')
    assert lcr.say_blank(None, has_pa=True) == "PA AM=* AF=0"
    assert lcr.say_clock(datetime(2026, 11, 28, 9, 5, 1)) == "DT 28/11/26 09:05:01"  # noqa: DTZ001


def test_a_dark_line_is_put_out_and_a_line_that_the_face_does_not_have_too() -> None:
    said = lcr.say_display(modules_of(sign(), Face((FaceLine(2, "GRASLIN", "9"),))), 16, 180, None, has_pa=False)
    assert said == 'P AM=1 AF=0 AM=2 AF="GRASLIN        9" CL=0 DV=180'


def test_a_printed_line_is_its_value_alone_right_in_its_cell_and_modules_have_the_models_names() -> None:
    line = SignLine(
        number=1, legend="COMMERCE", places=("a",), is_printed=True, cell=Cell(width=24, height=7, characters=4)
    )
    (module,) = modules_of(sign(line, modules=("3.0",)), Face((FaceLine(1, value="45", arrow=Arrow.LEFT),)))
    assert module == ModuleText("3.0", "  45")


@pytest.mark.parametrize(
    "line", [FaceLine(1, "CITE DES CONGRES", "123"), FaceLine(1, "COMMERCE", "COMPLETXX"), FaceLine(1, "", "X" * 17)]
)
def test_what_is_too_long_is_refused_and_never_cut(line: FaceLine) -> None:
    with pytest.raises(SignRefusedError, match="characters"):
        modules_of(sign(), Face((line,)))


def test_legend_and_value_always_have_a_blank_between_them() -> None:
    (module, _) = modules_of(sign(), Face((FaceLine(1, "COMMERCE", "COMPLET"),)))
    assert module.text == "COMMERCE COMPLET"


@pytest.mark.parametrize("text", ['12"', "ÉTÉ", "A\r\nB", "A\x03B", "→"])
def test_what_lcr_cannot_say_is_refused(text: str) -> None:
    with pytest.raises(SignRefusedError, match="cannot say"):
        lcr.say_display([ModuleText("1", text)], 16, 0, None, has_pa=False)


@pytest.mark.parametrize("credential", ['a"b', "a b", "a=b", "\x03", "", "é"])
def test_a_credential_that_could_break_a_command_is_refused_and_not_repeated(credential: str) -> None:
    with pytest.raises(SignRefusedError) as caught:
        lcr.require_credential(credential)
    assert not credential or f"{credential!r}" not in str(caught.value)


def test_a_pattern_and_a_line_that_the_sign_lacks_are_refused() -> None:
    with pytest.raises(SignRefusedError, match="pixel"):
        modules_of(sign(), Face(is_pattern=True))
    with pytest.raises(SignRefusedError, match="no line 3"):
        modules_of(sign(), Face((FaceLine(3, "A", "1"),)))


@given(SAYABLE)
def test_what_is_said_reads_back_as_it_was(text: str) -> None:
    said = lcr.say_display([ModuleText("1", text), ModuleText("2", None)], 16, 60, None, has_pa=False)
    shown = lcr.read_shown(said)
    assert (shown["1"].text or "").strip() == text.strip()
    assert shown["2"].is_dark


def test_the_state_names_its_faults_and_who_is_connected() -> None:
    state = lcr.read_state("ADR=001 DEF=0 0 ALI=2 CLE=1 TYPE=PMV ERI=PM05/1.0/1 EC=J", ("CLE",))
    assert state.address == "001"
    assert state.faults == ("ALI=2", "lamp_minor:1.0")
    assert state.local == ("CLE",)
    assert lcr.read_state("@", ("CLE",)) == (None, (), (), {})
    assert lcr.read_state("CLE=0 CLE=1 CLE=0", ("CLE",)).local == ("CLE",)


def test_the_read_back_knows_off_text_alternation_and_clock() -> None:
    shown = lcr.read_shown(
        '0 AM=1.0 AF="AM=3 X" CL=0 EC=A\r\nK AM=2 AF=0\r\nAM=4 AF="A"/"B"\nAM=5 AF=HR1 CL=5/5\r\nAM=6 AF="BROKEN'
    )
    assert shown["1"] == ModuleText("1", "AM=3 X")
    assert shown["2"].is_dark
    assert shown["4"].other == '"A"/"B"'
    assert shown["5"] == ModuleText("5", None, "HR1", True)
    assert shown["6"].other == "unreadable"
    assert not lcr.read_shown('AM=1 AF="A"\r\nAM=1 AF="B"')["1"].text


@given(st.text() | st.text(st.sampled_from('AMF=*"/ 01.\r\nCLEDRI@')))
def test_no_reply_can_raise(text: str) -> None:
    lcr.read_state(text, ("CLE",))
    shown = lcr.read_shown(text)
    describe_difference(sign(), FACE, shown)
    lcr.is_state(text)
    lcr.is_shown(text)


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        ('AM=1 AF="COMMERCE 124"\r\nAM=2 AF="GRASLIN  COMPLET"', "124"),
        ('AM=1 AF="COMMERCE     123"', "nothing is said of module 2"),
        ('AM=1 AF="COMMERCE     123"\r\nAM=2 AF=0', "shows nothing"),
        ('AM=1 AF="COMMERCE     123" CL=1\r\nAM=2 AF="GRASLIN  COMPLET"', "blinks"),
        ('AM=1 AF="COMMERCE     123"/"X"\r\nAM=2 AF="GRASLIN  COMPLET"', "instead of"),
    ],
)
def test_whatever_differs_is_a_difference(shown: str, word: str) -> None:
    assert word in (describe_difference(sign(), FACE, lcr.read_shown(shown)) or "")


def test_a_dark_sign_is_dark_all_over_and_a_lit_one_may_have_modules_that_are_not_ours() -> None:
    lit = lcr.read_shown('AM=1.0 AF="COMMERCE     123"\r\nAM=2.0 AF="GRASLIN  COMPLET "\r\nAM=6 AF=12')
    assert describe_difference(sign(), FACE, lit) is None
    assert "module 6" in (describe_difference(sign(), DARK, lcr.read_shown("AM=1 AF=0 AM=2 AF=0 AM=6 AF=12")) or "")
    assert describe_difference(sign(), DARK, lcr.read_shown("AM=* AF=0")) is None


@pytest.mark.parametrize(
    "wrong", [{"station": "1"}, {"station": "\x03é1"}, {"bcc": "crc"}, {"tries": 0}, {"timeout_s": 0.0}]
)
def test_options_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidSignError):
        TediOptions(**wrong)  # type: ignore[arg-type]
