"""Where on a sign a line stands: in its cell, or in a row of the full matrix, under the rows before it.

Rows keep their places whether the others are lit or dark, so nothing on a sign moves when a number goes.
"""

from typing import NamedTuple

from parking.signs.model import Sign, SignLimits, SignLine
from parking.signs.multi.font import SignFont
from parking.signs.multi.tags import has_size, has_tag


class LineBox(NamedTuple):
    """A line's room: ``x`` and ``y`` its top left pixel, from 1. ``row`` counts the lines of the matrix from 0."""

    x: int
    y: int
    width: int
    height: int
    row: int | None = None


def find_line(sign: Sign, number: int) -> SignLine | None:
    """The sign's line of this number."""
    return sign.lines[number - 1] if 0 < number <= len(sign.lines) else None


def rows_of(sign: Sign) -> list[int]:
    """The numbers of the lines that stand in rows: those without a cell."""
    return [line.number for line in sign.lines if line.cell is None]


def leading_of(limits: SignLimits, font: SignFont, rows: int) -> int:
    """Pixels between rows: the font's own, or fewer where more rows have to stand; none in a sign of cells or lines."""
    if limits.char_height_px:
        return 0
    spare = (limits.height_px or 0) - rows * font.height
    return max(1, min(font.leading, spare // (rows - 1))) if rows > 1 else font.leading


def count_rows(sign: Sign, limits: SignLimits, font: SignFont) -> int:
    """How many of the sign's rows have room on it; all of them where it takes line breaks and is high enough."""
    rows, height = len(rows_of(sign)), limits.height_px or 0
    if rows and not has_tag(limits, "nl"):
        rows = 1
    step = limits.char_height_px or font.height
    if limits.char_height_px and limits.char_height_px < font.height:
        return 0
    while rows and rows * step + (rows - 1) * leading_of(limits, font, rows) > height:
        rows -= 1
    return rows


def find_box(sign: Sign, limits: SignLimits, font: SignFont, number: int) -> LineBox | None:
    """The line's room, or None where the sign has none for it: no such line, no rectangles, not high enough.

    Nor has one that lies over another line's: two numbers in one place are neither.
    """
    line = find_line(sign, number)
    box = _box_of(sign, limits, font, line) if line is not None and has_size(limits) else None
    if box is None or line is None or len(rows_of(sign)) == len(sign.lines):
        return box
    others = (_box_of(sign, limits, font, other) for other in sign.lines if other.number != number)
    return None if any(other is not None and _overlap(box, other) for other in others) else box


def _overlap(one: LineBox, other: LineBox) -> bool:
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.y + other.height and other.y < one.y + one.height


def _box_of(sign: Sign, limits: SignLimits, font: SignFont, line: SignLine) -> LineBox | None:
    if line.cell is None:
        return _row_box(sign, limits, font, line)
    box = LineBox(line.cell.x, line.cell.y, line.cell.width, line.cell.height)
    across = _is_inside(box.x, box.width, limits.width_px or 0, limits.char_width_px or 1)
    down = _is_inside(box.y, box.height, limits.height_px or 0, limits.char_height_px or 1)
    return box if across and down and box.height >= font.height and has_tag(limits, "tr") else None


def _is_inside(start: int, length: int, whole: int, step: int) -> bool:
    return 1 <= start <= start + length - 1 <= whole and (start - 1) % step == 0 and length % step == 0


def _row_box(sign: Sign, limits: SignLimits, font: SignFont, line: SignLine) -> LineBox | None:
    row, rows = rows_of(sign).index(line.number), count_rows(sign, limits, font)
    if row >= rows:
        return None
    step, leading = limits.char_height_px or font.height, leading_of(limits, font, rows)
    top = ((limits.height_px or 0) - rows * step - (rows - 1) * leading) // 2
    top = top // step * step if limits.char_height_px else top
    return LineBox(1, 1 + top + row * (step + leading), limits.width_px or 0, step, row)
