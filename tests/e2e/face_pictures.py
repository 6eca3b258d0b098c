"""The picture of docs/signs.md: three signs as a driver sees them, drawn by the same code as the wall of faces."""

from __future__ import annotations

import io

from PIL import Image

from gateways.signs.pictures import png_of
from parking.signs.face import Face, FaceLine
from parking.signs.model import Cell, Sign, SignLimits, SignLine
from parking.signs.words import Arrow, SignProtocol

WIDTH, GAP = 720, 10
MATRIX = SignLimits(width_px=120, height_px=27, fonts={1: "F07"}, colour_scheme=3)
CELLS = SignLimits(width_px=116, height_px=27, fonts={1: "F07"})


def _line(number: int, legend: str, arrow: Arrow, cell: Cell | None = None) -> SignLine:
    places = (str(number),)
    return SignLine(number=number, legend=legend, places=places, is_printed=cell is not None, arrow=arrow, cell=cell)


def _sign(*lines: SignLine) -> Sign:
    return Sign(
        tenant="nantes", id="A1", name="Quai", protocol=SignProtocol.NTCIP, address="127.0.0.1:161", lines=lines
    )


def draw_faces() -> bytes:
    """A full matrix; painted legends whose third line is dark since its number is not known; a dark sign."""
    matrix = _sign(_line(1, "COMMERCE", Arrow.LEFT), _line(2, "GRASLIN", Arrow.RIGHT))
    names = (("Commerce", Arrow.LEFT), ("Graslin", Arrow.AHEAD), ("Cité des Congrès", Arrow.RIGHT))
    cells = (Cell(x=73, y=1 + 10 * at, width=44, height=7) for at in range(3))
    painted = _sign(*(_line(at, *name, cell) for at, (name, cell) in enumerate(zip(names, cells, strict=True), 1)))
    full = Face((FaceLine(1, "COMMERCE", "123", Arrow.LEFT), FaceLine(2, "GRASLIN", "COMPLET", Arrow.RIGHT, True)))
    some = Face((FaceLine(1, value="88"), FaceLine(2, value="COMPLET"), FaceLine(3)))
    drawn = [(matrix, MATRIX, full), (painted, CELLS, some), (matrix, MATRIX, Face())]
    pictures = [Image.open(io.BytesIO(png_of(*each, width=WIDTH))) for each in drawn]
    wall = Image.new("RGB", (WIDTH, sum(each.height + GAP for each in pictures) - GAP), "#fff")
    top = 0
    for each in pictures:
        wall.paste(each, (0, top))
        top += each.height + GAP
    out = io.BytesIO()
    wall.save(out, "PNG")
    return out.getvalue()
