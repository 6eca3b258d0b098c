"""What a MULTI string lights, pixel by pixel; and whether a sign may take it at all.

Known are the tags that we write and some more: cb cf cr fo jl jp nl np pb pt tr. Others, as flash, fields, graphics and
moving text, are refused as unsupported. Text of two justifications that runs into one another is drawn so, as signs do.
"""

from typing import NamedTuple

from parking.signs.model import SignLimits
from parking.signs.multi.colours import AMBER, BLACK, find_colour
from parking.signs.multi.font import default_number, font_at
from parking.signs.multi.geometry import LineBox
from parking.signs.multi.layout import Rgb, TextSpan, find_x, find_y, require_order
from parking.signs.multi.tags import MultiError, MultiFault, MultiPart, has_size, list_parts
from parking.signs.words import InvalidSignError

_MAX_SPANS = 500
"""Texts of one rectangle; each is at least a pixel wide, and placing them takes the square of it."""


class Raster(NamedTuple):
    """One page: ``pixels`` are those that are not black, by (x, y) from 1, with their colour."""

    width: int
    height: int
    pixels: dict[tuple[int, int], Rgb]

    @property
    def lit(self) -> frozenset[tuple[int, int]]:
        """The pixels that are lit, whatever their colour."""
        return frozenset(self.pixels)


def rasterise(multi: str, limits: SignLimits) -> Raster:
    """Its first page. Raises MultiError where a sign must refuse it, InvalidSignError where the sign has no size."""
    return list_pages(multi, limits)[0]


def validate(multi: str, limits: SignLimits) -> MultiError | None:
    """What a sign finds wrong with it, or None."""
    try:
        list_pages(multi, limits)
    except MultiError as error:
        return error
    return None


def list_pages(multi: str, limits: SignLimits) -> list[Raster]:
    """All its pages; an empty string is one dark page. Raises as ``rasterise`` does."""
    if not has_size(limits):
        raise InvalidSignError("a sign whose width and height in pixels are not known has no picture")
    if limits.max_multi_bytes is not None and len(multi.encode()) > limits.max_multi_bytes:
        raise MultiError(MultiFault.OTHER, limits.max_multi_bytes, f"longer than {limits.max_multi_bytes} bytes")
    pages: list[list[MultiPart]] = [[]]
    for part in list_parts(multi):
        if part.tag and limits.tags is not None and part.tag not in limits.tags:
            raise MultiError(MultiFault.UNSUPPORTED_TAG, part.offset, f"this sign takes no [{part.tag}]")
        if part.tag == "np":
            pages.append([])
        else:
            pages[-1].append(part)
        if limits.max_pages is not None and len(pages) > max(1, limits.max_pages):
            raise MultiError(MultiFault.TOO_MANY_PAGES, part.offset, f"{limits.max_pages} pages are there")
    pen = _Pen(limits)
    return [pen.draw_page(parts) for parts in pages]


class _Pen:
    """What goes on from page to page, as the standard has it: font, colours, justifications."""

    def __init__(self, limits: SignLimits) -> None:
        self.limits = limits
        self.full = LineBox(1, 1, limits.width_px or 0, limits.height_px or 0)
        self.default_font = default_number(limits)
        self.font, self.side, self.page = self.default_font, 3, 3
        self.ink, self.ground = AMBER, BLACK

    def draw_page(self, parts: list[MultiPart]) -> Raster:
        for part in parts:
            if part.tag in ("cb", "pb"):
                self.ground = self._colour(part, BLACK)
        canvas: dict[tuple[int, int], Rgb] = {}
        if self.ground != BLACK:
            _fill(canvas, self.full, self.ground)
        box, start = self.full, 0
        for at, part in enumerate(parts):
            if part.tag == "tr":
                self._draw_box(parts[start:at], box, canvas)
                box, start = self._box(part, on_step=True), at + 1
        self._draw_box(parts[start:], box, canvas)
        return Raster(self.full.width, self.full.height, {at: rgb for at, rgb in canvas.items() if rgb != BLACK})

    def _draw_box(self, parts: list[MultiPart], box: LineBox, canvas: dict[tuple[int, int], Rgb]) -> None:
        for part in parts:
            if part.tag == "cr":
                area, colour = self._box(part, on_step=False), part._replace(values=part.values[4:])
                _fill(canvas, area, self._colour(colour, AMBER))
        spans = self._spans(parts)
        if len(spans) > _MAX_SPANS:
            raise MultiError(MultiFault.TEXT_TOO_BIG, spans[_MAX_SPANS].offset, f"more than {_MAX_SPANS} texts")
        require_order(spans)
        for at, span in enumerate(spans):
            x, y = find_x(spans, at, box, self.limits), find_y(spans, span, box, self.limits)
            canvas.update({(x + column, y + row): span.colour for column, row in span.font.pixels_of(span.text)})

    def _spans(self, parts: list[MultiPart]) -> list[TextSpan]:
        spans: list[TextSpan] = []
        line, spacing, is_empty = 0, None, True
        for part in parts:
            first = part.values[0] if part.values else None
            if not part.tag:
                spans.append(self._span(part, line, spacing))
                is_empty = False
            elif part.tag == "nl":
                if first and self.limits.char_height_px:
                    raise MultiError(MultiFault.UNSUPPORTED_TAG_VALUE, part.offset, "its lines have a fixed distance")
                if is_empty:
                    spans.append(self._span(part, line, spacing))
                line, spacing, is_empty = line + 1, first, True
            elif part.tag == "jp" and (first or 3) != self.page:
                self.page, line = first or 3, 0
            elif part.tag == "jl":
                self.side = first or 3
            elif part.tag == "cf":
                self.ink = self._colour(part, AMBER)
            elif part.tag == "fo":
                self.font = first or self.default_font
        return spans

    def _span(self, part: MultiPart, line: int, spacing: int | None) -> TextSpan:
        font = font_at(self.font, self.limits)
        if font is None:
            raise MultiError(MultiFault.FONT_NOT_DEFINED, part.offset, f"no font has the number {self.font}")
        for at, letter in enumerate(part.text):
            if letter not in font.glyphs:
                raise MultiError(MultiFault.CHARACTER_NOT_DEFINED, part.offset + at, f"{font.name} has no {letter!r}")
        return TextSpan(part.text, part.offset, font, self.ink, self.page, self.side, line, spacing)

    def _colour(self, part: MultiPart, default: Rgb) -> Rgb:
        values = tuple(value for value in part.values if value is not None)
        found = find_colour(self.limits.colour_scheme, values) if values else default
        if found is None:
            raise MultiError(MultiFault.UNSUPPORTED_TAG_VALUE, part.offset, "this sign has no such colour")
        return found

    def _box(self, part: MultiPart, *, on_step: bool) -> LineBox:
        x, y, width, height = (value or 0 for value in part.values[:4])
        width, height = width or self.full.width - x + 1, height or self.full.height - y + 1
        steps = (self.limits.char_width_px or 1, self.limits.char_height_px or 1) if on_step else (1, 1)
        inside = 0 < width <= self.full.width - x + 1 and 0 < height <= self.full.height - y + 1
        if not inside or (x - 1) % steps[0] or width % steps[0] or (y - 1) % steps[1] or height % steps[1]:
            raise MultiError(MultiFault.UNSUPPORTED_TAG_VALUE, part.offset, "the rectangle is not on this sign")
        return LineBox(x, y, width, height)


def _fill(canvas: dict[tuple[int, int], Rgb], box: LineBox, colour: Rgb) -> None:
    xs, ys = range(box.x, box.x + box.width), range(box.y, box.y + box.height)
    canvas.update({(x, y): colour for x in xs for y in ys})
