"""What we write and render, judged by another maker: the crate ``ntcip`` of the Minnesota DOT, pixel for pixel."""

import random
import re
from collections.abc import Iterator

import pytest

from parking.signs.face import Face, FaceLine
from parking.signs.model import Cell, Sign, SignLimits, SignLine
from parking.signs.multi.compose import compose
from parking.signs.multi.fit import fits
from parking.signs.multi.raster import rasterise, validate
from parking.signs.vocabulary import list_words
from parking.signs.words import Arrow, SignProtocol
from tests.parking.signs.multi.oracle import NUMBERS, Answer, Oracle, build
from tests.parking.signs.multi.signs import matrix_sign

pytestmark = pytest.mark.slow

WORDS = (*sorted(list_words()), "A[B]", "<5")
LEGENDS = ("COMMERCE", "GRASLIN", "CITE DES CONGRES", "GARE [NORD]", "P1", "")
VALUES = (*map(str, range(10_000)), *WORDS)
TAGS = ("cb", "cf", "cr", "fo", "jl", "jp", "nl", "np", "pb", "pt", "tr")


def limits_of(width: int, height: int, font: int, **more: object) -> SignLimits:
    return SignLimits(width_px=width, height_px=height, fonts=NUMBERS, default_font=font, **more)  # type: ignore[arg-type]


def cell_sign(*cells: Cell, is_printed: bool = True) -> Sign:
    lines = tuple(
        SignLine(number=at, legend="GARE", places=("1",), is_printed=is_printed, cell=cell)
        for at, cell in enumerate(cells, 1)
    )
    return Sign(tenant="nantes", id="C", name="C", protocol=SignProtocol.NTCIP, address="10.0.0.1:161", lines=lines)


CELLS = cell_sign(
    Cell(x=73, y=1, width=24, height=7), Cell(x=73, y=11, width=24, height=8), Cell(x=2, y=20, width=50, height=9)
)
BIG = [(matrix_sign("COMMERCE", "GRASLIN"), limits_of(144, 27, 7)), (CELLS, limits_of(96, 30, 7))]
MORE = [
    (matrix_sign("COMMERCE", "GRASLIN"), limits_of(120, 24, 8, tags=TAGS, colour_scheme=4)),
    (matrix_sign("A", "B", "C"), limits_of(120, 24, 7, tags=TAGS, colour_scheme=3)),
    (matrix_sign("A", "B", "C"), limits_of(120, 25, 7, tags=TAGS, colour_scheme=2)),
    (matrix_sign("A", "B", "C"), limits_of(121, 49, 8)),
    (matrix_sign("A", "B"), limits_of(75, 21, 5, char_width_px=5, char_height_px=7)),
    (matrix_sign("A", "B"), limits_of(97, 24, 8, char_height_px=8)),
    (matrix_sign("A", "B"), limits_of(97, 23, 7, char_height_px=7, tags=TAGS)),
    (cell_sign(Cell(x=51, y=1, width=25, height=7), Cell(x=51, y=15, width=25, height=7)),
     limits_of(75, 21, 5, char_width_px=5, char_height_px=7)),
    (cell_sign(Cell(x=1, y=1, width=90, height=7), is_printed=False), limits_of(100, 9, 7, tags=TAGS, colour_scheme=4)),
]  # fmt: skip


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return build()


def faces_of(sign: Sign, values: tuple[str, ...]) -> Iterator[Face]:
    """Each value on each line, the other lines dark or lit by turns, arrows and red by turns."""
    arrows = (None, *Arrow)
    for at, value in enumerate(values):
        lines = (
            FaceLine(
                line.number,
                "" if line.is_printed else LEGENDS[(at + line.number) % len(LEGENDS)],
                value if (at + line.number) % 7 else "",
                arrows[at % 4],
                at % 3 == 0,
            )
            for line in sign.lines
        )
        yield Face(tuple(lines))


def composed(sign: Sign, limits: SignLimits, values: tuple[str, ...]) -> list[str]:
    found = []
    for face in faces_of(sign, values):
        multi = compose(sign, limits, Face(tuple(line for line in face.lines if fits(sign, limits, line))))
        found += [multi] if multi else []
    return [*found, compose(sign, limits, Face(is_pattern=True))]


def require_same(multi: str, limits: SignLimits, answer: Answer) -> None:
    assert isinstance(answer, dict), f"{multi} is refused: {answer}"
    assert rasterise(multi, limits).pixels == answer, multi


@pytest.mark.parametrize(("sign", "limits"), BIG, ids=["rows", "cells"])
def test_every_number_and_word_is_taken_and_lit_pixel_for_pixel(sign: Sign, limits: SignLimits, oracle: Oracle) -> None:
    messages = composed(sign, limits, VALUES)
    assert len(messages) > 10_000
    for multi, answer in zip(messages, oracle.judge((multi, limits) for multi in messages), strict=True):
        require_same(multi, limits, answer)


@pytest.mark.parametrize(("sign", "limits"), MORE)
def test_so_it_is_on_signs_of_other_makes(sign: Sign, limits: SignLimits, oracle: Oracle) -> None:
    messages = composed(sign, limits, (*VALUES[::23], *WORDS))
    assert len(messages) > 250
    for multi, answer in zip(messages, oracle.judge((multi, limits) for multi in messages), strict=True):
        require_same(multi, limits, answer)


def made_up(chosen: random.Random) -> tuple[Sign, SignLimits, Face]:
    """Any sign, with rows and cells where they may be, any of its fonts and tags, and any texts."""
    char, line, font = chosen.choice(
        ((None, None, 7), (None, None, 8), (None, None, 5), (5, 7, 5), (None, 8, 8), (None, 7, 7))
    )
    columns, rows = char or 1, line or 1
    width, height = (
        columns * chosen.randint(40 // columns, 200 // columns),
        rows * chosen.randint(7 // rows + 1, 60 // rows),
    )
    tags = None if chosen.random() < 0.5 else tuple(tag for tag in TAGS if chosen.random() < 0.8)
    limits = limits_of(
        width, height, font, tags=tags, char_width_px=char, char_height_px=line, colour_scheme=chosen.randint(1, 4)
    )
    lines, texts = [], []
    for number in range(1, chosen.randint(2, 5)):
        cell = None
        if chosen.random() < 0.5:
            x, y = columns * chosen.randrange(width // columns), rows * chosen.randrange(height // rows)
            wide, high = columns * chosen.randint(1, width // columns), rows * chosen.randint(1, height // rows)
            cell = Cell(x=1 + x, y=1 + y, width=min(wide, width - x), height=min(high, height - y))
        is_printed = number > 3 or chosen.random() < 0.4
        lines.append(SignLine(number=number, legend="A", places=("1",), is_printed=is_printed, cell=cell))
        legend = "" if is_printed else "".join(chosen.choices("ABMW[]<1. ", k=chosen.randint(0, 6)))
        value = chosen.choice((*WORDS, str(chosen.randrange(10_000)), ""))
        texts.append(FaceLine(number, legend, value, chosen.choice((None, *Arrow)), chosen.random() < 0.3))
    sign = Sign(
        tenant="nantes", id="R", name="R", protocol=SignProtocol.NTCIP, address="10.0.0.1:161", lines=tuple(lines)
    )
    return sign, limits, Face(tuple(line for line in texts if fits(sign, limits, line)))


def test_whatever_any_sign_can_be_told_is_taken_and_lit_pixel_for_pixel(oracle: Oracle) -> None:
    chosen = random.Random(13)
    jobs = [(compose(sign, limits, face), limits) for sign, limits, face in (made_up(chosen) for _ in range(6000))]
    jobs = [(multi, limits) for multi, limits in jobs if multi]
    assert len(jobs) > 2000
    for (multi, limits), answer in zip(jobs, oracle.judge(jobs), strict=True):
        require_same(multi, limits, answer)


GOLDEN = [
    "[jl2]COMMERCE[jl4]123",
    "[jl2]GRASLIN[jl4]COMPLET",
    "[jp3][jl3]PARKING[nl]LIBRE",
    "[fo7][jp3][jl2]COMMERCE[jl4]123[nl][jl2]GRASLIN[jl4]COMPLET",
    "[tr73,1,24,7][jl4]123[tr73,11,24,7][jl4]45",
    "[pt30o0][pb][cf][jp3][jl3][fo7]TEST",
    "[cr1,1,160,54,0,0,125][cr1,18,160,1,255,255,255][tr1,1,160,17][cf255,255,255][fo8][jp3]TRUCK PARKING"
    "[tr4,24,154,30][jl2]REST AREA[jl4]4 MI[nl5][jl2]SPACES OPEN[jl4]10[cf]",
]
BAD = [
    "A]B",
    "[jl4]A[jl2]B",
    "Complet",
    "FERM\u00c9",
    "[fl]A",
    "REST AREA[nl]PARKING [pa1,LOW,CLOSED]",
    "[jl5]A",
    "[fo3]A",
]


def test_messages_in_service_are_lit_alike_and_wrong_ones_refused_alike(oracle: Oracle) -> None:
    limits = limits_of(160, 54, 7, colour_scheme=4)
    for multi, answer in zip(GOLDEN, oracle.judge((multi, limits) for multi in GOLDEN), strict=True):
        require_same(multi, limits, answer)
    assert [isinstance(answer, str) for answer in oracle.judge((multi, limits) for multi in BAD)] == [True] * len(BAD)
    assert None not in [validate(multi, limits) for multi in BAD]


PIECES = """A|12|[[|]]|]|[|é| |a|[nl]|[nl2]|[np]|[jl2]|[jl3]|[jl4]|[jl]|[jp2]|[jp3]|[jp4]|[fo7]|[fo8]|[fo5]|[fo]|[fo9]
[cf]|[cf1]|[cf9]|[cf300]|[cf1,2,3]|[cb1]|[pb]|[pb2]|[tr1,1,30,10]|[tr2,3,0,0]|[tr50,1,99,9]|[cr1,1,3,3,1]|[cr9,9,0,0,5,5,5]
[pt5o0]|[pto]|[PT9]|[JL4]|[jl 4]|[jl+4]|[nl+2]|[nl10]|[tr1,1,+9,9]|[fo7,]|[jpx]|[tr0,1,1,1]|[fl]|[x]|[]
[fo7,2E3A]|[fo8,28eb]|[fo7,1234]""".replace("\n", "|").split("|")


def repeats_a_side(multi: str) -> bool:
    """Whether a line is told the side that it is at: the crate, and nobody else, then writes over what stands there."""
    sides: list[str] = ["3"]
    if len(re.findall(r"\[jp", multi.lower())) > 1:  # there and back is the same
        return True
    for tag in re.findall(r"\[(nl|np|jl|jp|tr)([^\]]*)\]", multi.lower()):
        if tag[0] == "jl" and (tag[1] or "3") in sides:
            return True
        sides = [*sides, tag[1]] if tag[0] == "jl" else sides[-1:]
    return False


@pytest.mark.parametrize(
    "limits",
    [
        *(limits_of(60, 30, 7, colour_scheme=scheme) for scheme in (1, 2, 3, 4)),
        limits_of(60, 28, 5, char_width_px=5, char_height_px=7),
        limits_of(61, 40, 8, char_height_px=8),
    ],
)
def test_made_up_messages_are_judged_alike(limits: SignLimits, oracle: Oracle) -> None:
    chosen = random.Random(limits.colour_scheme)
    pieces = [piece for piece in PIECES if not (limits.char_height_px and piece.startswith("[fo"))]
    messages = ["".join(chosen.choices(pieces, k=chosen.randint(1, 7))) for _ in range(4000)]
    messages = [multi for multi in messages if not repeats_a_side(multi)]
    taken = 0
    for multi, answer in zip(messages, oracle.judge((multi, limits) for multi in messages), strict=True):
        error = validate(multi, limits)
        assert (error is None) is isinstance(answer, dict), (multi, error, answer)
        if error is None:
            require_same(multi, limits, answer)
            taken += 1
    assert taken > 200
