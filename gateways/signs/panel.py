"""A sign as it hangs there, in millimetres: the panel, its painted legends and arrows, the lamps and which are lit.

A sign whose pixels are not known (TEDI counts characters) is drawn with lamps of five by seven for each character.
"""

from collections.abc import Collection
from typing import NamedTuple

from parking.signs.face import Face
from parking.signs.model import Cell, Sign, SignLimits, SignLine
from parking.signs.multi.compose import compose
from parking.signs.multi.fit import count_characters
from parking.signs.multi.layout import Rgb
from parking.signs.multi.raster import rasterise
from parking.signs.multi.tags import has_size
from parking.signs.words import Arrow, SignProtocol

_PITCH_MM = 20
_LETTER = 0.66
"""Width of a painted capital, of its height."""


class Rectangle(NamedTuple):
    """A window of lamps, from the panel's top left corner."""

    x: float
    y: float
    width: float
    height: float


class Label(NamedTuple):
    """A painted legend: its left end, its middle line, the height of its capitals and the width that it takes."""

    x: float
    y: float
    size: float
    width: float
    text: str


class PaintedArrow(NamedTuple):
    """A painted arrow, by its middle."""

    x: float
    y: float
    size: float
    way: Arrow


class Lamp(NamedTuple):
    """A lamp, by its middle; None is dark."""

    x: float
    y: float
    colour: Rgb | None


class Panel(NamedTuple):
    """All of it; ``pitch`` is from lamp to lamp."""

    width: float
    height: float
    pitch: float
    windows: tuple[Rectangle, ...]
    lamps: tuple[Lamp, ...]
    labels: tuple[Label, ...]
    arrows: tuple[PaintedArrow, ...]


class _Grid(NamedTuple):
    """Pixels to millimetres; characters of a matrix of them stand one pitch apart, their lines two."""

    left: float
    top: float
    pitch: float
    columns: int
    rows: int

    def x(self, pixel: float) -> float:
        gaps = (pixel - 1) // self.columns if self.columns else 0
        return self.left + (pixel - 0.5 + gaps) * self.pitch

    def y(self, pixel: float) -> float:
        gaps = 2 * ((pixel - 1) // self.rows) if self.rows else 0
        return self.top + (pixel - 0.5 + gaps) * self.pitch

    def window(self, cell: Cell) -> Rectangle:
        x, y, pad = self.x(cell.x), self.y(cell.y), self.pitch
        right, bottom = self.x(cell.x + cell.width - 1), self.y(cell.y + cell.height - 1)
        return Rectangle(x - pad, y - pad, right - x + 2 * pad, bottom - y + 2 * pad)


def with_pixels(sign: Sign, limits: SignLimits, shown: str | Face) -> tuple[Sign, SignLimits]:
    """The sign itself, or one of character cells in its stead where its pixels are not known."""
    if has_size(limits) and sign.protocol is not SignProtocol.TEDI:
        return sign, limits
    texts = [f"{line.legend} {line.value}".strip() for line in shown.lines] if isinstance(shown, Face) else []
    longest = max(map(len, texts), default=1)
    lengths = [count_characters(sign, line) or longest for line in sign.lines] or [1]
    widest = max(lengths)
    lines = tuple(
        _in_characters(line, at, 1 + 5 * (widest - length if line.is_printed else 0), 5 * length)
        for at, (line, length) in enumerate(zip(sign.lines, lengths, strict=False))
    )
    cells = SignLimits(width_px=5 * widest, height_px=7 * len(lengths), char_width_px=5, char_height_px=7)
    return Sign(
        tenant=sign.tenant, id=sign.id, name=sign.name, protocol=SignProtocol.NTCIP, address="0.0.0.0:1", lines=lines
    ), cells


def _in_characters(line: SignLine, row: int, x: int, width: int) -> SignLine:
    cell = Cell(x=x, y=1 + 7 * row, width=width, height=7)
    return SignLine(
        number=line.number,
        legend=line.legend,
        places=line.places,
        is_printed=line.is_printed,
        arrow=line.arrow,
        cell=cell,
    )


def panel_of(sign: Sign, limits: SignLimits, shown: str | Face, stuck: Collection[tuple[int, int, bool]] = ()) -> Panel:
    """The sign with a face, or a MULTI string, as its lamps show it. Raises as ``compose`` and ``rasterise`` do."""
    sign, limits = with_pixels(sign, limits, shown)
    multi = compose(sign, limits, shown) if isinstance(shown, Face) else shown
    raster = rasterise(multi, limits)
    lit: dict[tuple[int, int], Rgb] = {at: rgb for at, rgb in raster.pixels.items() if (*at, False) not in set(stuck)}
    lit |= {(x, y): (255, 208, 0) for x, y, is_on in stuck if is_on}
    cells = [line.cell for line in sign.lines if line.cell is not None]
    if not cells or len(cells) < len(sign.lines):
        cells = [Cell(width=raster.width, height=raster.height)]
    grid = _grid_of(sign, limits)
    labels, arrows = _painted(sign, grid)
    spots = {
        (x, y)
        for cell in cells
        for x in range(cell.x, cell.x + cell.width)
        for y in range(cell.y, cell.y + cell.height)
    }
    lamps = tuple(Lamp(grid.x(x), grid.y(y), lit.get((x, y))) for x, y in sorted(spots))
    windows = tuple(grid.window(cell) for cell in cells)
    pitch = grid.pitch
    right = max([window.x + window.width for window in windows] + [arrow.x + arrow.size / 2 for arrow in arrows])
    bottom = max(window.y + window.height for window in windows)
    return Panel(right + 2 * pitch, bottom + 2 * pitch, pitch, windows, lamps, labels, arrows)


def _grid_of(sign: Sign, limits: SignLimits) -> _Grid:
    """The lamps begin as far to the right as the longest painted legend needs."""
    pitch = float(limits.pitch_mm or _PITCH_MM)
    columns, rows = limits.char_width_px or 0, limits.char_height_px or 0
    grid = _Grid(0, 4 * pitch, pitch, columns, rows)
    missing = [
        _needed(line, pitch) - (grid.x(line.cell.x if line.cell else 1) - pitch)
        for line in sign.lines
        if line.is_printed
    ]
    return grid._replace(left=max([4 * pitch, *(2 * pitch + lacking for lacking in missing)]))


def _size(line: SignLine, pitch: float) -> float:
    return (line.cell.height if line.cell else 7) * pitch


def _needed(line: SignLine, pitch: float) -> float:
    """What the legend takes before its cell, with its arrow and a little room."""
    size = _size(line, pitch)
    arrow = 1.3 * size if line.arrow in (Arrow.LEFT, Arrow.AHEAD) else 0
    return arrow + _LETTER * size * len(line.legend) + 0.7 * size


def _painted(sign: Sign, grid: _Grid) -> tuple[tuple[Label, ...], tuple[PaintedArrow, ...]]:
    labels, arrows = [], []
    right = max((grid.x(line.cell.x + line.cell.width - 1) for line in sign.lines if line.cell), default=grid.left)
    for line in sign.lines:
        if not line.is_printed:
            continue
        size, start = _size(line, grid.pitch), 2 * grid.pitch
        top, bottom = (line.cell.y, line.cell.y + line.cell.height - 1) if line.cell else (1, 7)
        middle = (grid.y(top) + grid.y(bottom)) / 2
        if line.arrow is Arrow.RIGHT:
            arrows.append(PaintedArrow(right + 3 * grid.pitch + size / 2, middle, size, line.arrow))
        elif line.arrow is not None:
            arrows.append(PaintedArrow(start + size / 2, middle, size, line.arrow))
            start += 1.3 * size
        labels.append(Label(start, middle, size, _LETTER * size * len(line.legend), line.legend))
    return tuple(labels), tuple(arrows)
