"""Signs as they stand at roads, for the tests of faces: a full matrix, printed legends with cells, characters."""

from parking.signs.model import Cell, Sign, SignLimits, SignLine
from parking.signs.words import SignProtocol

LEGENDS = ("COMMERCE", "GRASLIN", "CITE DES CONGRES")


def matrix_sign(*legends: str, font: int | None = None) -> Sign:
    lines = tuple(SignLine(number=at, legend=legend, places=(str(at),)) for at, legend in enumerate(legends, 1))
    return Sign(
        tenant="nantes",
        id="A1",
        name="Quai",
        protocol=SignProtocol.NTCIP,
        address="10.1.2.3:161",
        lines=lines,
        font=font,
    )


def printed_sign(*legends: str, width: int = 24, characters: int | None = None) -> Sign:
    cells = [Cell(x=73, y=1 + 10 * at, width=width, height=7, characters=characters) for at in range(len(legends))]
    lines = tuple(
        SignLine(number=at, legend=legend, places=(str(at),), is_printed=True, cell=cell)
        for at, (legend, cell) in enumerate(zip(legends, cells, strict=True), 1)
    )
    return Sign(tenant="nantes", id="A2", name="Gare", protocol=SignProtocol.NTCIP, address="10.1.2.4:161", lines=lines)


def tedi_sign(*legends: str) -> Sign:
    lines = tuple(SignLine(number=at, legend=legend, places=(str(at),)) for at, legend in enumerate(legends, 1))
    return Sign(tenant="nantes", id="T1", name="Pont", protocol=SignProtocol.TEDI, address="10.1.2.5:2000", lines=lines)


MATRIX = SignLimits(width_px=120, height_px=27, fonts={1: "F07"})
CHARACTERS = SignLimits(width_px=80, height_px=21, char_width_px=5, char_height_px=7, fonts={5: "F07-C"})
