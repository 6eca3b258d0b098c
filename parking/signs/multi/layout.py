"""How a sign lays text out: spans by page and line justification, positions in pixels, as NTCIP 1203 says.

One rectangle at a time: rows are counted by page justification, spans by line justification, each in the order written.
"""

from collections.abc import Sequence
from typing import NamedTuple

from parking.signs.model import SignLimits
from parking.signs.multi.font import SignFont
from parking.signs.multi.geometry import LineBox
from parking.signs.multi.tags import MultiError, MultiFault

Rgb = tuple[int, int, int]


class TextSpan(NamedTuple):
    """A text as it was met: font, colour, justifications (2, 3, 4 as in the tags), line, pixels before that line."""

    text: str
    offset: int
    font: SignFont
    colour: Rgb
    page: int
    side: int
    line: int
    spacing: int | None


def _half_up(one: int, other: int) -> int:
    return (one + other + 1) // 2


def require_order(spans: Sequence[TextSpan]) -> None:
    """Raise tagConflict where a line goes back from right to left, or a page from bottom to top."""
    page, side, line = 0, 0, 0
    for span in spans:
        if span.page < page or (span.page == page and span.line == line and span.side < side):
            raise MultiError(MultiFault.TAG_CONFLICT, span.offset, "justification goes back: left, centre, right")
        page, side, line = span.page, span.side, span.line


def find_x(spans: Sequence[TextSpan], index: int, box: LineBox, limits: SignLimits) -> int:
    """The first column of a span, from 1. Raises textTooBig where its side of the line is too wide."""
    span = spans[index]
    before = after = 0
    previous: TextSpan | None = None
    for at, other in enumerate(spans):
        if (other.page, other.line, other.side) != (span.page, span.line, span.side):
            continue
        gap = _half_up(previous.font.gap, other.font.gap) if previous else 0
        before += gap * (at <= index) + other.font.width_of(other.text) * (at < index)
        after += gap * (at > index) + other.font.width_of(other.text) * (at >= index)
        previous = other
    spare = box.width - before - after
    if spare < 0:
        raise MultiError(MultiFault.TEXT_TOO_BIG, span.offset, f"{before + after} columns, and {box.width} are there")
    if span.side == 2:
        return box.x + before
    if span.side == 4:
        return box.x + spare + before
    step = limits.char_width_px or 1
    return (box.x - 1 + spare // 2 + before) // step * step + 1


def find_y(spans: Sequence[TextSpan], span: TextSpan, box: LineBox, limits: SignLimits) -> int:
    """The first row of a span, from 1. Raises textTooBig where the lines are too many."""
    heights: list[int] = []
    leadings: list[int] = []
    stated: list[int | None] = []
    for other in spans:
        if other.page != span.page:
            continue
        if other.line >= len(heights):
            heights.append(other.font.height)
            leadings.append(other.font.leading)
            stated.append(other.spacing)
        else:
            at = other.line
            heights[at], leadings[at] = max(heights[at], other.font.height), max(leadings[at], other.font.leading)
            stated[at] = other.spacing if stated[at] is None else stated[at]
    ends, y = [], 0
    for at, height in enumerate(heights):
        if at and not limits.char_height_px:
            own = stated[at]
            y += _half_up(leadings[at - 1], leadings[at]) if own is None else own
        y += height
        ends.append(y)
    if y > box.height:
        raise MultiError(MultiFault.TEXT_TOO_BIG, span.offset, f"{y} rows, and {box.height} are there")
    base = box.y - 1 + ends[min(span.line, len(ends) - 1)]
    if span.page == 4:
        base += box.height - y
    elif span.page == 3:
        step = limits.char_height_px or 1
        base = (base + (box.height - y) // 2) // step * step
    return base - span.font.height + 1
